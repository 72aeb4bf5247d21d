#!/usr/bin/env python3
"""Writes features_reference.json: figures of sets of features, and the features of EfficientNet-lite0.

Distances by clean-fid, torch-fidelity and prdc, the network by the package that published the weights (its weights
here are made up), resizing by Pillow; none of which the program under test uses.

    python3 -m venv ref && ref/bin/pip install torch==2.11.0 torchvision==0.26.0 numpy scipy scikit-learn pillow
    ref/bin/pip install clean-fid==0.1.35 torch-fidelity==0.4.0 prdc==0.2 efficientnet-lite-pytorch==0.1.0
    ref/bin/pip install xxhash pytorch-msssim==1.0.0
    ref/bin/python tests/golden/make_features.py
"""
import numpy
import PIL.Image
import torch
from cleanfid.fid import frechet_distance
from efficientnet_lite_pytorch import EfficientNet
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kernel_mmd, kid_features_to_metric

from make_figures import EVALUATION, M32, Random, picture
from reference import write

HOW = [
    "u(a, b) = (h >> 8) / 2^24 - 1/2, where h = 2654435761 (a + 977 b + 1) modulo 2^32, h ^= h >> 15,",
    "h = 2246822519 h modulo 2^32, h ^= h >> 13.",
    "Features of set k, row i, column j: u(i + 10007 k, j) + u(i + 10007 k, j // 3 + 5000) + shift k, as singles;",
    "shift 1/4. sets: rows of set 0, of set 1, columns. fid: clean-fid; fid_fidelity: torch-fidelity; kid of all rows:",
    "torch-fidelity; kid_subsets: 5 subsets of 10, seed 3, drawn by swapping place i of 0, 1, ... with",
    "place i + below(n - i), i = 0, 1, ..., of the real, then of the made set, rows in lexicographic order;",
    "prdc: precision, recall, density, coverage. is: torch-fidelity, 10 runs, of set 0 times 8, in order.",
    "lite0: tensor t (in the order of the list) has at flat index i the value of its kind: weight 5 u(i, t) /",
    "sqrt(fan in), others of batch norms around + 0.4 u(i, t), as singles. Features, in double, of the pictures of",
    "make_figures.py with these numbers, sizes and channels, at these places; resized: Pillow's, at 224 pixels.",
]
KERNEL = {"kid_kernel": "poly", "kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None,
          "kid_kernel_poly_coef0": 1}
AROUND = {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}


def u(a, b):
    h = ((a + 977 * b + 1) * 2654435761) & M32
    h = h ^ (h >> 15)
    h = (h * 2246822519) & M32
    h = h ^ (h >> 13)
    return (h >> 8) / 2.0**24 - 0.5


def features(k, rows, columns):
    i = numpy.arange(rows, dtype=numpy.uint64)[:, None] + numpy.uint64(10007 * k)
    j = numpy.arange(columns, dtype=numpy.uint64)[None]
    return (u(i, j) + u(i, j // numpy.uint64(3) + numpy.uint64(5000)) + k / 4).astype(numpy.float32)


def in_order(rows):
    return rows[sorted(range(len(rows)), key=lambda i: rows[i].tolist())]


def subsets_of(real, made, subsets, size, seed):
    values = []
    for index in range(subsets):
        random = Random(seed, EVALUATION, 2 << 32 | index)
        chosen = []
        for rows in (in_order(real), in_order(made)):
            order = list(range(len(rows)))
            for i in range(size):
                j = i + random.below(len(order) - i)
                order[i], order[j] = order[j], order[i]
            chosen.append(rows[order[:size]].astype(numpy.float64))
        values.append(float(kernel_mmd(*chosen, **KERNEL)))
    return [float(numpy.mean(values)), float(numpy.std(values))]


def distances():
    out = []
    for rows, others, columns in ((60, 60, 9), (64, 48, 12), (20, 24, 32)):
        a, b = features(0, rows, columns), features(1, others, columns)
        x, y = torch.from_numpy(a).double(), torch.from_numpy(b).double()
        statistics = [fid_features_to_statistics(s) for s in (x, y)]
        record = {
            "sets": [rows, others, columns],
            "fid": float(frechet_distance(*(s[n] for s in statistics for n in ("mu", "sigma")))),
            "fid_fidelity": fid_statistics_to_metric(*statistics, False)["frechet_inception_distance"],
            "kid_subsets": subsets_of(a, b, 5, 10, 3),
            "prdc": [float(compute_prdc(x.numpy(), y.numpy(), 5)[n])
                     for n in ("precision", "recall", "density", "coverage")],
            "is": list(isc_features_to_metric(8 * x, 10, False, 0).values()),
        }
        if rows == others:
            record["kid"] = kid_features_to_metric(x, y, kid_subsets=1, kid_subset_size=rows, rng_seed=0,
                                                   verbose=False, **KERNEL)["kernel_inception_distance_mean"]
        out.append(record)
    return out


def made_up(index, name, shape):
    values = u(numpy.arange(numpy.prod(shape), dtype=numpy.uint64), numpy.uint64(index))
    if len(shape) > 1:
        values = 5 * values / numpy.sqrt(numpy.prod(shape[1:]))
    else:
        values = AROUND[name.rsplit(".", 1)[1]] + 0.4 * values
    return torch.from_numpy(values.astype(numpy.float32)).view(shape)


def resized(pixels, side):
    channels = [numpy.asarray(PIL.Image.fromarray(pixels[:, :, c].astype(numpy.float32), mode="F")
                              .resize((side, side), PIL.Image.Resampling.BICUBIC)) for c in range(pixels.shape[2])]
    return numpy.stack(channels).clip(0, 255)


def lite0():
    network = EfficientNet.from_name("efficientnet-lite0")
    tensors, state = [], {}
    for name, value in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            state[name] = made_up(len(tensors), name, tuple(value.shape))
            tensors.append([name, list(value.shape)])
    network.load_state_dict(state, strict=False)
    network.double().eval()
    out = []
    for k, size, channels in ((1, 64, 3), (2, 64, 1), (3, 300, 3), (4, 224, 3)):
        pixels = resized(picture(k, size, channels), 224)
        x = torch.from_numpy(numpy.repeat(pixels, 3 // channels, 0)).double()[None]
        with torch.no_grad():
            maps = network.extract_features((x - 127) / 128)
            pooled = network._avg_pooling(maps).flatten(1)
            logits = pooled @ network._fc.weight.T
        places, classes = list(range(0, 1280, 53)), list(range(0, 1000, 97))
        at = [[0, 0, 0], [0, 1, 223], [channels - 1, 100, 57], [channels - 1, 223, 222]]
        out.append({"picture": [k, size, channels], "places": places, "features": pooled[0, places].tolist(),
                    "mean": pooled.mean().item(), "classes": classes, "logits": logits[0, classes].tolist(),
                    "resized_at": at, "resized": [float(pixels[tuple(p)]) for p in at]})
    return {"tensors": tensors, "pictures": out}


def main():
    torch.set_num_threads(1)
    write("features_reference.json", {"how": HOW, "distances": distances(), "lite0": lite0()})


if __name__ == "__main__":
    main()
