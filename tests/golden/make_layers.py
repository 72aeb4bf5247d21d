#!/usr/bin/env python3
"""Writes layers_reference.json: each kind of layer with its gradients, computed in double by PyTorch.

From torch.nn and torch.nn.functional, which the program under test does not use.

    python3 -m venv ref && ref/bin/pip install torch==2.11.0 numpy
    ref/bin/python tests/golden/make_layers.py
"""
import re

import torch
from torch import nn
from torch.nn import functional as F

from reference import moments, write

HOW = [
    "layers: as in configs/*.yaml. tensors: shape and values of each, by its name in the network g, in",
    "which position 0 makes [C, H, W] of flat numbers. x [N, C, H, W]. Passes in a row: in training mode,",
    "or, where `inference` is true, in inference mode. out, dx: output, and gradient of sum(out[k] w[k])",
    "with w[k] = cos(0.9 k + 0.4), k the flat index; dt: likewise of each trainable tensor. Each as",
    "moments: mean, mean of squares; wave: sum(value[k] w[k]); some values at flat indices. after: what",
    "the pass left in tensors that it changes.",
    "Spectral norm as torch.nn.utils.spectral_norm in training: v = W'u / |W'u|, u = Wv / |Wv|, once per",
    "pass, sigma = u'Wv. In inference PyTorch takes the v of the last pass, which the program does not",
    "keep: there v = W'u / |W'u| by the stored u, so sigma = |W'u|.",
]
NUMBERS = torch.Generator().manual_seed(1)


def numbers(*shape, spread=1.0, around=0.0):
    """Three decimals, so that the file can hold them all."""
    values = around + spread * torch.randn(*shape, generator=NUMBERS, dtype=torch.float64)
    return (values * 1000).round() / 1000


def wave(tensor):
    return torch.cos(0.9 * torch.arange(tensor.numel(), dtype=torch.float64) + 0.4).view(tensor.shape)


def summary(tensor):
    flat, n = tensor.detach().reshape(-1), tensor.numel()
    at = sorted({i * n // 12 + 7 * i % max(1, n // 12) for i in range(12)}) if n > 12 else list(range(n))
    return {"shape": list(tensor.shape), "moments": moments(flat), "wave": (flat * wave(flat)).sum().item(),
            "at": at, "values": flat[at].tolist()}


def case(name, layers, x, forward, tensors=None, inference=(False,), after=None):
    """forward(x, tensors by name[, inference]) -> output; after() -> tensors that the pass changed."""
    tensors = {f"g.{k}": v for k, v in (tensors or {}).items()}
    record = {"name": name, "layers": layers, "x": flat(x),
              "tensors": {k: flat(v) for k, v in tensors.items()}, "passes": []}
    for is_inference in inference:
        x = x.detach().clone().requires_grad_()
        leaves = {k: v.detach().clone().requires_grad_() for k, v in tensors.items() if "spectral" not in k}
        out = forward(x, leaves, *([is_inference] if len(inference) > 1 else []))
        gradients = torch.autograd.grad((out * wave(out)).sum(), [x, *leaves.values()])
        record["passes"].append({
            "inference": is_inference, "out": summary(out), "dx": summary(gradients[0]),
            "dt": {k: summary(v) for k, v in zip(leaves, gradients[1:])},
            "after": {f"g.{k}": summary(v) for k, v in (after() if after else {}).items()}})
    return record


def flat(tensor):
    return {"shape": list(tensor.shape), "values": tensor.reshape(-1).tolist()}


def picture(n=2, c=3, h=5, w=6):
    return numbers(n, c, h, w)


def same(x, k, s):
    """TensorFlow's padding: as much as the output ceil(in / s) needs, the odd cell at the end."""
    sides = []
    for cells in (x.shape[3], x.shape[2]):
        total = max((-(-cells // s) - 1) * s + k - cells, 0)
        sides += [total // 2, total - total // 2]
    return F.pad(x, sides)


def convolutions():
    def conv(name, x, k, s, padding, pad, filters=4, bias=True):
        t = {"1.weight": numbers(filters, x.shape[1], k, k, spread=0.3)}
        if bias:
            t["1.bias"] = numbers(filters, spread=0.3)
        text = (f"[conv: {{filters: {filters}, kernel: {k}, stride: {s}, padding: {padding}, "
                f"bias: {str(bias).lower()}}}]")
        return case(name, text, x, lambda x, t: F.conv2d(pad(x), t["g.1.weight"], t.get("g.1.bias"), s), t)

    def symmetric(p):
        return lambda x: F.pad(x, [p] * 4)

    def sides(top, bottom, left, right):
        return lambda x: F.pad(x, [left, right, top, bottom])

    yield conv("conv_valid", picture(), 3, 1, "valid", symmetric(0))
    yield conv("conv_number", picture(), 4, 2, 1, symmetric(1), bias=False)
    yield conv("conv_same_k5_s2_even", picture(h=6, w=8), 5, 2, "same", lambda x: same(x, 5, 2))
    yield conv("conv_same_k5_s2_odd", picture(h=7, w=6), 5, 2, "same", lambda x: same(x, 5, 2))
    yield conv("conv_same_k3_s2", picture(h=6, w=7), 3, 2, "same", lambda x: same(x, 3, 2))
    yield conv("conv_same_k4_s1", picture(), 4, 1, "same", lambda x: same(x, 4, 1))
    yield conv("conv_same_k2_s3", picture(h=7, w=9), 2, 3, "same", lambda x: same(x, 2, 3))
    yield conv("conv_sides", picture(), 3, 2, "[1, 2, 0, 3]", sides(1, 2, 0, 3))
    yield conv("conv_covers_input", picture(h=4, w=4), 4, 1, 0, symmetric(0))
    yield conv("conv_covers_padded_input", picture(h=3, w=3), 4, 1, "[1, 0, 0, 1]", sides(1, 0, 0, 1))
    yield conv("conv_1x1", picture(), 1, 1, 0, symmetric(0))


def grouped_convolutions():
    """Whose numbers come last, so that those of the others stay."""
    for name, filters, k, s, groups, h, bias in (("conv_depthwise", 4, 3, 1, 4, 5, True),
                                                 ("conv_depthwise_k5_s2", 4, 5, 2, 4, 6, False),
                                                 ("conv_groups", 6, 3, 1, 2, 5, True),
                                                 ("conv_depthwise_k4_s2", 8, 4, 2, 4, 8, True),
                                                 ("conv_groups_cover_input", 6, 4, 1, 2, 4, True)):
        padding = "valid" if "cover" in name else "same"
        t = {"1.weight": numbers(filters, 4 // groups, k, k, spread=0.3)}
        if bias:
            t["1.bias"] = numbers(filters, spread=0.3)
        text = (f"[conv: {{filters: {filters}, kernel: {k}, stride: {s}, padding: {padding}, groups: {groups}, "
                f"bias: {str(bias).lower()}}}]")
        pad = (lambda x: x) if padding == "valid" else (lambda x, k=k, s=s: same(x, k, s))
        yield case(name, text, picture(c=4, h=h, w=h),
                   lambda x, t, pad=pad, s=s, groups=groups: F.conv2d(
                       pad(x), t["g.1.weight"], t.get("g.1.bias"), s, groups=groups), t)
    for name, layers in (("relu6", "relu6"), ("relu6_in_place", "zero_pad, relu6")):
        yield case(name, f"[{layers}]", 4 * picture(), lambda x, t: F.relu6(x))


def transposed_convolutions():
    def conv(name, x, k, s, padding, cut, filters=4, bias=True):
        t = {"1.weight": numbers(x.shape[1], filters, k, k, spread=0.3)}
        if bias:
            t["1.bias"] = numbers(filters, spread=0.3)
        top, bottom, left, right = cut
        text = (f"[conv_transpose: {{filters: {filters}, kernel: {k}, stride: {s}, padding: {padding}, "
                f"bias: {str(bias).lower()}}}]")

        def forward(x, t):
            out = F.conv_transpose2d(x, t["g.1.weight"], t.get("g.1.bias"), s)
            return out[:, :, top:out.shape[2] - bottom, left:out.shape[3] - right]

        return case(name, text, x, forward, t)

    yield conv("conv_transpose_valid", picture(h=3, w=4), 3, 2, "valid", (0, 0, 0, 0))
    yield conv("conv_transpose_number", picture(h=3, w=4), 4, 2, 1, (1, 1, 1, 1), bias=False)
    yield conv("conv_transpose_same_k5_s2", picture(h=3, w=4), 5, 2, "same", (1, 2, 1, 2))
    yield conv("conv_transpose_same_k5_s1", picture(h=3, w=4), 5, 1, "same", (2, 2, 2, 2))
    yield conv("conv_transpose_same_k4_s1", picture(h=3, w=4), 4, 1, "same", (1, 2, 1, 2))
    yield conv("conv_transpose_same_k3_s2", picture(h=3, w=4), 3, 2, "same", (0, 1, 0, 1))
    yield conv("conv_transpose_sides", picture(h=3, w=4), 4, 2, "[1, 2, 0, 3]", (1, 2, 0, 3))
    yield conv("conv_transpose_sides_before", picture(h=3, w=4), 4, 2, "[2, 1, 3, 0]", (2, 1, 3, 0))
    yield conv("conv_transpose_one_cell", picture(h=1, w=1), 4, 1, 0, (0, 0, 0, 0))
    yield conv("conv_transpose_one_cell_sides", picture(h=1, w=1), 4, 1, "[1, 0, 0, 1]", (1, 0, 0, 1))


def adjoint_of_same(k, s, h, w):
    """What `cut` above says about 'same' again, from its definition: the gradient of a 'same' convolution."""
    weight, y = numbers(3, 2, k, k), numbers(1, 3, h, w)
    x = torch.zeros(1, 2, h * s, w * s, dtype=torch.float64, requires_grad=True)
    expected, = torch.autograd.grad((F.conv2d(same(x, k, s), weight, stride=s) * y).sum(), x)
    cut = k - s
    out = F.conv_transpose2d(y, weight, stride=s)
    out = out[:, :, cut // 2:out.shape[2] - (cut - cut // 2), cut // 2:out.shape[3] - (cut - cut // 2)]
    assert torch.allclose(out, expected, atol=1e-12), (k, s)


def norms():
    def affine(c):
        return {"1.weight": numbers(c, spread=0.3, around=1), "1.bias": numbers(c, spread=0.3)}

    def instance_norm(eps):
        return lambda x, t: F.instance_norm(x, weight=t["g.1.weight"], bias=t["g.1.bias"], eps=eps)

    yield case("instance_norm", "[instance_norm]", picture(), instance_norm(1e-5), affine(3))
    yield case("instance_norm_eps", "[instance_norm: {eps: 0.1}]", picture(), instance_norm(0.1), affine(3))
    yield case("layer_norm", "[layer_norm]", picture(),
               lambda x, t: F.group_norm(x, 1, t["g.1.weight"], t["g.1.bias"], 1e-5), affine(3))
    yield case("layer_norm_flat", "[flatten, layer_norm: {eps: 0.01}]", picture(h=2, w=3),
               lambda x, t: F.layer_norm(x.flatten(1), (18,), t["g.2.weight"], t["g.2.bias"], 0.01),
               {"2.weight": numbers(18, spread=0.3, around=1), "2.bias": numbers(18, spread=0.3)})
    yield case("pixel_norm", "[pixel_norm]", picture(),
               lambda x, t: x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt())
    yield case("pixel_norm_flat", "[flatten, pixel_norm: {eps: 0.1}]", picture(h=2, w=3),
               lambda x, t: x.flatten(1) / (x.flatten(1).square().mean(1, keepdim=True) + 0.1).sqrt())
    for name, flat_features in (("batch_norm", False), ("batch_norm_flat", True)):
        yield batch_norm(name, flat_features)


def batch_norm(name, flat_features):
    """Twice in training, then by the running statistics. Biased for the flat one."""
    features = 18 if flat_features else 3
    at = 2 if flat_features else 1
    t = {f"{at}.weight": numbers(features, spread=0.3, around=1), f"{at}.bias": numbers(features, spread=0.3)}
    mean, var = torch.zeros(features, dtype=torch.float64), torch.ones(features, dtype=torch.float64)
    x = picture(n=3, h=2, w=3)

    def forward(x, t, inference):
        x = x.flatten(1) if flat_features else x
        axes = [0] if flat_features else [0, 2, 3]
        n = x.numel() / features
        if not inference:
            batch_var = x.detach().var(axes, correction=0)
            mean.mul_(0.7).add_(0.3 * x.detach().mean(axes))
            var.mul_(0.7).add_(0.3 * batch_var * (1 if flat_features else n / (n - 1)))
        return F.batch_norm(x, mean.clone(), var.clone(), t[f"g.{at}.weight"], t[f"g.{at}.bias"],
                            not inference, 0.0, 1e-3)

    variance = "biased" if flat_features else "unbiased"
    layer = f"batch_norm: {{eps: 0.001, momentum: 0.3, variance: {variance}}}"
    return case(name, f"[flatten, {layer}]" if flat_features else f"[{layer}]", x, forward, t,
                (False, False, True), lambda: {f"{at}.running_mean": mean, f"{at}.running_var": var})


def without_tensors():
    for layer, forward in {
            "relu": F.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "silu": F.silu, "elu": F.elu,
            "elu: {alpha: 0.7}": lambda x: F.elu(x, 0.7), "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
            "leaky_relu: {slope: 0.3}": lambda x: F.leaky_relu(x, 0.3),
            "upsample": lambda x: F.interpolate(x, scale_factor=2, mode="nearest"),
            "upsample: {factor: 3}": lambda x: F.interpolate(x, scale_factor=3, mode="nearest"),
            "upsample: {mode: bilinear}":
                lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False),
            "upsample: {factor: 3, mode: bilinear}":
                lambda x: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=False),
            "avg_pool: {kernel: 2}": lambda x: F.avg_pool2d(x, 2),
            "avg_pool: {kernel: 3, stride: 1}": lambda x: F.avg_pool2d(x, 3, 1),
            "max_pool: {kernel: 2}": lambda x: F.max_pool2d(x, 2),
            "max_pool: {kernel: 3, stride: 2}": lambda x: F.max_pool2d(x, 3, 2),
            "zero_pad: {bottom: 1, right: 1}": lambda x: F.pad(x, [0, 1, 0, 1]),
            "zero_pad: {top: 1, bottom: 2, left: 3, right: 4}": lambda x: F.pad(x, [3, 4, 1, 2]),
    }.items():
        name = re.sub(r"[^a-z0-9]", "_", re.sub(r"[ {}]", "", layer))
        yield case(name, f"[{layer}]", picture(), lambda x, t, forward=forward: forward(x))


def residuals():
    def first(x, t):
        return F.relu(F.conv2d(x, t["g.1.layers.0.weight"], t["g.1.layers.0.bias"], padding=1))

    x = picture(c=4)
    t = {"1.layers.0.weight": numbers(4, 4, 3, 3, spread=0.3), "1.layers.0.bias": numbers(4, spread=0.3)}
    yield case("residual_identity", "[residual: {layers: [conv: {filters: 4, kernel: 3, padding: 1}, relu]}]",
               x, lambda x, t: x + first(x, t), t)
    t = {"1.layers.0.weight": numbers(6, 4, 3, 3, spread=0.3), "1.layers.0.bias": numbers(6, spread=0.3),
         "1.layers.2.weight": numbers(6, 6, 3, 3, spread=0.3),
         "1.skip.1.weight": numbers(6, 4, 1, 1, spread=0.3)}

    def halved(x, t):
        path = F.avg_pool2d(F.conv2d(first(x, t), t["g.1.layers.2.weight"], padding=1), 2)
        return path + F.conv2d(F.avg_pool2d(x, 2), t["g.1.skip.1.weight"])

    yield case("residual_skip",
               "[residual: {layers: [conv: {filters: 6, kernel: 3, padding: 1}, relu, conv: {filters: 6, "
               "kernel: 3, padding: 1, bias: false}, avg_pool: {kernel: 2}], skip: [avg_pool: {kernel: 2}, "
               "conv: {filters: 6, kernel: 1, bias: false}]}, tanh]",
               picture(c=4, h=4, w=6), lambda x, t: torch.tanh(halved(x, t)), t)
    t = {"1.layers.0.layers.0.weight": numbers(4, 4, 1, 1, spread=0.3)}
    yield case("residual_nested",
               "[residual: {layers: [residual: {layers: [conv: {filters: 4, kernel: 1, bias: false}]}, "
               "tanh]}]",
               x, lambda x, t: x + torch.tanh(x + F.conv2d(x, t["g.1.layers.0.layers.0.weight"])), t)


def attention():
    for name, options, channels, inner in (("self_attention", "", 8, 1),
                                           ("self_attention_reduction", ": {reduction: 2}", 6, 3)):
        t = {"1.query": numbers(inner, channels, 1, 1), "1.key": numbers(inner, channels, 1, 1),
             "1.value": numbers(inner, channels, 1, 1), "1.out": numbers(channels, inner, 1, 1),
             "1.gate": numbers(1, around=0.7, spread=0.1)}

        def forward(x, t):
            q, k, v = (F.conv2d(x, t[f"g.1.{n}"]).flatten(2) for n in ("query", "key", "value"))  # [N, I, HW]
            weights = torch.softmax(torch.einsum("nci,ncj->nij", q, k), dim=2)  # of query i over keys j
            o = torch.einsum("nij,ncj->nci", weights, v).unflatten(2, x.shape[2:])
            return x + t["g.1.gate"] * F.conv2d(o, t["g.1.out"])

        yield case(name, f"[self_attention{options}]", picture(c=channels, h=3, w=4), forward, t)


def deviations():
    def forward(x, g):
        n, c, h, w = x.shape
        spread = x.view(g, n // g, c, h, w)
        spread = ((spread - spread.mean(0)).square().mean(0) + 1e-8).sqrt().mean((1, 2, 3))  # [N / g]
        return torch.cat([x, spread.repeat(g).view(n, 1, 1, 1).expand(n, 1, h, w)], 1)

    for name, options, n, g in (("", "", 8, 4), ("_of_6", "", 6, 3), ("_of_3", "", 3, 3),
                                ("_pairs", ": {group: 2}", 4, 2)):
        yield case(f"minibatch_stddev{name}", f"[minibatch_stddev{options}]", picture(n=n, h=2, w=3),
                   lambda x, t, g=g: forward(x, g))


def spectral_norms():
    def spectral(name, layers, x, module, operation, at, first):
        weight, bias = module.weight.detach().clone(), module.bias.detach().clone()
        module = torch.nn.utils.spectral_norm(module)
        u = numbers(weight.shape[0])
        u = (u / u.norm() * 1e6).round() / 1e6
        module.weight_u.copy_(u)

        def forward(x, t, inference):
            if inference:
                w = t[f"g.{at}.weight"]
                sigma = (w.flatten(1).t() @ module.weight_u).norm()
                return operation(first(x), w / sigma, t[f"g.{at}.bias"])
            given = {"weight_orig": t[f"g.{at}.weight"], "bias": t[f"g.{at}.bias"]}
            return torch.func.functional_call(module, given, first(x))

        t = {f"{at}.weight": weight, f"{at}.bias": bias, f"{at}.spectral_u": u}
        return case(name, layers, x, forward, t, (False, False, True),
                    lambda: {f"{at}.spectral_u": module.weight_u})

    def with_numbers(module):
        with torch.no_grad():
            for p in module.double().parameters():
                p.copy_(numbers(*p.shape, spread=0.5))
        return module

    yield spectral("spectral_norm_conv",
                   "[conv: {filters: 4, kernel: 3, stride: 2, padding: 1, spectral_norm: true}]", picture(),
                   with_numbers(nn.Conv2d(3, 4, 3, 2, 1)),
                   lambda x, w, b: F.conv2d(x, w, b, 2, 1), 1, lambda x: x)
    yield spectral("spectral_norm_dense", "[flatten, dense: {units: 5, spectral_norm: true}]",
                   picture(h=2, w=3), with_numbers(nn.Linear(18, 5)), F.linear, 2, lambda x: x.flatten(1))


def dense():
    t = {"2.weight": numbers(5, 18, spread=0.3), "2.bias": numbers(5, spread=0.3)}
    yield case("dense", "[flatten, dense: {units: 5}]", picture(h=2, w=3),
               lambda x, t: F.linear(x.flatten(1), t["g.2.weight"], t["g.2.bias"]), t)


def main():
    torch.set_num_threads(1)
    for k, s in ((5, 2), (5, 1), (4, 1), (4, 2), (3, 2), (3, 3)):
        adjoint_of_same(k, s, 3, 4)
    cases = [c for group in (dense, convolutions, transposed_convolutions, norms, without_tensors, residuals,
                             attention, deviations, spectral_norms, grouped_convolutions) for c in group()]
    write("layers_reference.json", {"how": HOW, "torch": torch.__version__.split("+")[0], "cases": cases})


if __name__ == "__main__":
    main()
