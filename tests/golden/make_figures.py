#!/usr/bin/env python3
"""Writes figures_reference.json: the figures of src/evaluate that need no network, on small made pictures.

Transcriptions of the papers' definitions in numpy and double; for MS-SSIM at 192 pixels pytorch-msssim, whose window
fits all levels there; without the program under test. What is drawn (places of patches, directions, first centres) is
drawn by the program's generator, Philox4x32-10, written down here once more.

    python3 -m venv ref && ref/bin/pip install numpy scipy xxhash torch==2.11.0 pytorch-msssim==1.0.0
    ref/bin/python tests/golden/make_figures.py
"""
import math

import numpy
import scipy.ndimage
import torch
import xxhash
from pytorch_msssim import ms_ssim as published_ms_ssim

from reference import write

HOW = [
    "picture(k, size, channels)[y][x][c] = 128 + 50 sin((x (1 + k % 3) + 2 c) 2.6 / size) + 40 sin((y + 5 k) 4.2 / size)",
    "+ (h >> 16) % 48 - 24, cut to whole numbers, where h = 2654435761 (x + 977 y + 7919 k + 104729 c + 1) modulo 2^32,",
    "h ^= h >> 15, h = 2246822519 h modulo 2^32, h ^= h >> 13.",
    "swd: pictures 0 to 11 against 100 to 113, 16 patches, 2 repeats of 8 directions, seed 3; ndb: bins of 0 to 89, of",
    "which 200 to 259 is the set, 6 bins, seed 2; ms_ssim: pairs of pictures 0 to 7; nearest: 0 to 9 among 50 to 79.",
]
M32 = 2**32 - 1


def picture(k, size, channels):
    y, x, c = numpy.meshgrid(numpy.arange(size), numpy.arange(size), numpy.arange(channels), indexing="ij")
    h = ((x + 977 * y + 7919 * k + 104729 * c + 1).astype(object) * 2654435761) & M32
    h = h ^ (h >> 15)
    h = (h * 2246822519) & M32
    h = (h ^ (h >> 13)).astype(numpy.int64)
    smooth = 128 + 50 * numpy.sin((x * (1 + k % 3) + 2 * c) * 2.6 / size) + 40 * numpy.sin((y + 5 * k) * 4.2 / size)
    return numpy.clip(numpy.floor(smooth + (h >> 16) % 48 - 24), 0, 255).astype(numpy.uint8)


def pictures(first, last, size, channels):
    return numpy.stack([picture(k, size, channels) for k in range(first, last + 1)])


class Random:
    """Counter words: [running block, index low, index high, purpose]; key: the seed."""

    def __init__(self, seed, purpose, index):
        self.key = [seed & M32, seed >> 32 & M32]
        self.counter = [0, index & M32, index >> 32 & M32, purpose]
        self.block, self.spare = [], None

    def u32(self):
        if not self.block:
            c, k = list(self.counter), list(self.key)
            for _ in range(10):
                p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [p1 >> 32 ^ c[1] ^ k[0], p1 & M32, p0 >> 32 ^ c[3] ^ k[1], p0 & M32]
                k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
            self.block = c
            self.counter[0] += 1
        return self.block.pop(0)

    def u64(self):
        low = self.u32()
        return low | self.u32() << 32

    def below(self, n):
        reject = (2**64 - n) % n
        while (x := self.u64()) < reject:
            pass
        return x % n

    def uniform(self):
        return (self.u64() >> 11) * 2.0**-53

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius, angle = math.sqrt(-2 * math.log(1 - self.uniform())), 2 * math.pi * self.uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)


ORDER, EVALUATION = 5, 12
BINOMIAL = numpy.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256


def blurred(plane, scale=1):
    return scipy.ndimage.convolve(plane, BINOMIAL * scale, mode="mirror")


def pyramid(plane):
    levels = []
    while plane.shape[0] % 2 == 0 and plane.shape[0] // 2 >= 16:
        half = blurred(plane)[::2, ::2]
        wide = numpy.zeros_like(plane)
        wide[::2, ::2] = half
        levels.append(plane - blurred(wide, 4))
        plane = half
    return levels + [plane]


def patches(some, count, seed):
    """[level][picture * count + patch] = C x 7 x 7, normal in each channel."""
    out = None
    for one in some:
        by_channel = [pyramid(one[:, :, c].astype(numpy.float64) - 127.5) for c in range(one.shape[2])]
        out = out or [[] for _ in by_channel[0]]
        key = xxhash.xxh64_intdigest(one.tobytes())
        for level, to in enumerate(out):
            random = Random(seed ^ key, EVALUATION, level)
            places = by_channel[0][level].shape[0] - 6
            for _ in range(count):
                y = random.below(places)
                x = random.below(places)
                to.append([plane[level][y:y + 7, x:x + 7] for plane in by_channel])
    levels = [numpy.array(level) for level in out]
    return [(level - level.mean((0, 2, 3), keepdims=True)) / level.std((0, 2, 3), keepdims=True) for level in levels]


def swd(a, b, count, repeats, directions, seed):
    n = min(len(a), len(b))
    of_a, of_b = patches(a[:n], count, seed), patches(b[:n], count, seed)
    levels = []
    for level, (x, y) in enumerate(zip(of_a, of_b)):
        x, y = x.reshape(len(x), -1), y.reshape(len(y), -1)
        total = 0
        for repeat in range(repeats):
            random = Random(seed, EVALUATION, 1 << 32 | repeat << 8 | level)
            d = numpy.array([random.normal() for _ in range(directions * x.shape[1])]).reshape(directions, -1)
            d /= numpy.linalg.norm(d, axis=1, keepdims=True)
            total += numpy.abs(numpy.sort(x @ d.T, axis=0) - numpy.sort(y @ d.T, axis=0)).mean()
        levels.append(1000 * total / repeats)
    return levels


def permutation(seed, n):
    order, random = list(range(n)), Random(seed, ORDER, 0)
    for i in range(n, 1, -1):
        j = random.below(i)
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def ndb(reference, others, bins, seed):
    def nearest(x, c):
        return ((x[:, None] - c[None])**2).sum(2).argmin(1)
    x = reference.reshape(len(reference), -1).astype(numpy.float64)
    centres = x[permutation(seed, len(x))[:bins]]
    before = None
    for _ in range(40):
        labels = nearest(x, centres)
        if before is not None and (before == labels).all():
            break
        before = labels
        centres = numpy.stack([x[labels == b].mean(0) if (labels == b).any() else centres[b] for b in range(bins)])
    shares = numpy.bincount(nearest(x, centres), minlength=bins)
    out = []
    for other in others:
        y = other.reshape(len(other), -1).astype(numpy.float64)
        counts = numpy.bincount(nearest(y, centres), minlength=bins)
        pooled = (shares + counts) / (len(x) + len(y))
        deviation = numpy.sqrt(pooled * (1 - pooled) * (1 / len(x) + 1 / len(y)))
        with numpy.errstate(invalid="ignore"):
            z = numpy.abs(shares / len(x) - counts / len(y)) / deviation
        out.append(float((z > 1.959963984540054).mean()))
    return out


def window(side):
    taps = min(11, side)
    x = (numpy.arange(taps) - (taps - 1) / 2) / (1.5 * taps / 11)
    g = numpy.exp(-x * x / 2)
    return g / g.sum()


def valid(plane, g):
    rows = numpy.apply_along_axis(numpy.convolve, 1, plane, g, "valid")
    return numpy.apply_along_axis(numpy.convolve, 0, rows, g, "valid")


def ms_ssim(a, b):
    total = 0
    for c in range(a.shape[2]):
        x, y, value = a[:, :, c].astype(numpy.float64), b[:, :, c].astype(numpy.float64), 1.0
        for level, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
            if level:
                x, y = (p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3)) for p in (x, y))
            g = window(x.shape[0])
            mx, my = valid(x, g), valid(y, g)
            cs = (2 * (valid(x * y, g) - mx * my) + 58.5225) / (valid(x * x, g) - mx**2 + valid(y * y, g) - my**2 + 58.5225)
            whole = cs * (2 * mx * my + 6.5025) / (mx**2 + my**2 + 6.5025)
            value *= max(0.0, (whole if level == 4 else cs).mean())**weight
        total += value
    return total / a.shape[2]


def appearance(some):
    flat = some.reshape(-1, some.shape[-1]).astype(numpy.float64)
    grey = some.astype(numpy.float64) @ [0.299, 0.587, 0.114] if some.shape[-1] == 3 else some[..., 0].astype(numpy.float64)
    laplacian = (grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:] - 4 * grey[:, 1:-1, 1:-1])
    power = (numpy.abs(numpy.fft.fft2(grey - grey.mean((1, 2), keepdims=True)))**2).mean(0)
    n, half = power.shape[0], power.shape[0] // 2
    peaks = beside = 0
    for y, x in ((half, 0), (0, half), (half, half)):
        peaks += power[y, x] / 3
        near = [power[(y + dy) % n, (x + dx) % n] for dy in range(-2, 3) for dx in range(-2, 3)
                if (dy or dx) and not (x == 0 and dx) and not (y == 0 and dy)]
        beside += numpy.mean(near) / 3
    return {"mean": flat.mean(0).tolist(), "deviation": flat.std(0).tolist(),
            "sharpness": float(laplacian.var((1, 2)).mean()), "checkerboard": float(peaks / beside)}


def nearest(some, others, mirrored):
    x = some.reshape(len(some), -1).astype(numpy.float64)
    sets = [others, others[:, :, ::-1]] if mirrored else [others]
    return [float(min(numpy.sqrt(((p - q.reshape(len(q), -1).astype(numpy.float64))**2).mean(1)).min() for q in sets))
            for p in x]


def main():
    result = {"how": HOW}
    for size, channels in ((32, 3), (64, 1)):
        some = pictures(0, 11, size, channels)
        large = pictures(0, 7, size, channels)
        result[f"{size}x{channels}"] = {
            "swd": swd(some, pictures(100, 113, size, channels), 16, 2, 8, 3),
            "ndb": ndb(pictures(0, 89, size, channels),
                       [pictures(200, 259, size, channels), pictures(0, 89, size, channels)[::3]], 6, 2),
            "ms_ssim": [ms_ssim(large[2 * i], large[2 * i + 1]) for i in range(4)],
            "appearance": appearance(some),
            "nearest": nearest(some[:10], pictures(50, 79, size, channels), False),
            "nearest_mirrored": nearest(some[:10], pictures(50, 79, size, channels), True)}
    a, b = (torch.from_numpy(picture(k, 192, 3)).permute(2, 0, 1)[None].double() for k in (0, 3))
    # Its own window is of single precision, whose sum is not 1.
    own = torch.from_numpy(window(192)).view(1, 1, 1, 11).repeat(3, 1, 1, 1)
    result["ms_ssim_192"] = published_ms_ssim(a, b, data_range=255, win=own).item()
    assert abs(result["ms_ssim_192"] - ms_ssim(picture(0, 192, 3), picture(3, 192, 3))) < 1e-12
    write("figures_reference.json", result)


if __name__ == "__main__":
    main()
