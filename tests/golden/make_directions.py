#!/usr/bin/env python3
"""Writes directions_reference.json: the principal directions of two first layers.

By numpy's singular value decomposition of the weights themselves, where the program takes eigenvectors of
their products; without the program under test.

    python3 -m venv ref && ref/bin/pip install numpy
    ref/bin/python tests/golden/make_directions.py
"""
import numpy

from reference import write

Z, OUTPUTS = 16, 96
HOW = [
    "A[o][i], 96 outputs by 16 latents, is fraction(sin(96 i + o + 1) * 4375.8) - 0.5, times 1 + i / 10.",
    "dense: the weight is A. conv_transpose: it is A^T as [16, 6 filters, 4, 4].",
    "directions: the right singular vectors of A, largest singular value first, each with its component of",
    "largest size positive.",
]


def matrix():
    i, o = numpy.meshgrid(numpy.arange(Z), numpy.arange(OUTPUTS))
    x = numpy.sin((OUTPUTS * i + o + 1).astype(numpy.float64)) * 4375.8
    return (x - numpy.floor(x) - 0.5) * (1 + i / 10)


def main():
    _, _, rows = numpy.linalg.svd(matrix())
    directions = [row * numpy.sign(row[numpy.argmax(numpy.abs(row))]) for row in rows]
    write("directions_reference.json", {"how": HOW, "directions": [d.tolist() for d in directions]})


if __name__ == "__main__":
    main()
