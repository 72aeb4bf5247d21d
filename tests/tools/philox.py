"""The program's random numbers, from their definition: Philox4x32-10 (Salmon et al. 2011) and Box-Muller."""
import math

import numpy

SAMPLE, LATENTS, ORDER = 4, 2, 5  # purposes, as include/facegan/core/random.h has them


def philox(counter, key):
    a, b, c, d = counter
    low, high = key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = q >> 32 ^ b ^ low, q & 0xFFFFFFFF, p >> 32 ^ d ^ high, p & 0xFFFFFFFF
        low, high = low + 0x9E3779B9 & 0xFFFFFFFF, high + 0xBB67AE85 & 0xFFFFFFFF
    return a, b, c, d


def pairs(seed, purpose, index):
    """64-bit numbers, without end."""
    block = 0
    while True:
        a, b, c, d = philox((block, index, 0, purpose), (seed, 0))
        yield a | b << 32
        yield c | d << 32
        block += 1


def normals(seed, purpose, index, count):
    numbers, out = pairs(seed, purpose, index), []
    while len(out) < count:
        radius = math.sqrt(-2 * math.log(1 - (next(numbers) >> 11) * 2**-53))
        angle = 2 * math.pi * (next(numbers) >> 11) * 2**-53
        out += [radius * math.cos(angle), radius * math.sin(angle)]
    return numpy.array(out[:count], numpy.float32)
