"""Sequences of literals and repeats, byte by byte: the twin of raresim.kernels.deflate."""

from __future__ import annotations

Sequence = tuple[int, int, int, int]  # literals, repeats of 258 bytes, length of one more repeat, distance


def expand(literals: bytes, sequences: list[Sequence]) -> bytes:
    """Return the text of sequences that draw their literals from one run of bytes."""
    text, used = bytearray(), 0
    for count, repeats, length, distance in sequences:
        text += literals[used : used + count]
        used += count
        for _ in range(258 * repeats + length):
            text.append(text[-distance])
    return bytes(text)
