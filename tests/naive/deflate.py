"""Sequences of literals and repeats, byte by byte and bit by bit: the twins of raresim.kernels.deflate."""

from __future__ import annotations

from raresim.deflate_code import DISTANCE_BASE, DISTANCE_EXTRA, DISTANCE_SYMBOL, Code

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


def word(words: object, i: int) -> str:
    """The bits of a word of a code, the first one first."""
    bits, size = int(words[i]) & 0xFFFFFF, int(words[i]) >> 24  # type: ignore[index]
    return "".join(str(bits >> k & 1) for k in range(size))


def block(literals: bytes, rows: list[Sequence], code: Code, size: int, crc: int) -> bytes:
    """One BGZF block (SAM specification 4.1) of sequences, in the words of a code."""
    whole = code.header_bits >> 3
    bits = "".join(str(int(code.header[whole]) >> k & 1) for k in range(code.header_bits & 7))
    used = 0
    for count, repeats, length, back in rows:
        bits += "".join(word(code.literal, byte) for byte in literals[used : used + count])
        used += count
        for each in [258] * repeats + [length] * (length > 0):
            d = int(DISTANCE_SYMBOL[back])
            extra = back - int(DISTANCE_BASE[d])
            bits += word(code.length, each) + word(code.distance, d)
            bits += "".join(str(extra >> k & 1) for k in range(int(DISTANCE_EXTRA[d])))
    bits += word(code.literal, 256)
    bits += "0" * (-len(bits) % 8)
    packed = bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
    head = code.header[:whole].tobytes()
    total = len(head) + len(packed) + 8
    return (
        head[:16] + (total - 1).to_bytes(2, "little") + head[18:] + packed
        + crc.to_bytes(4, "little") + size.to_bytes(4, "little")
    )  # fmt: skip


def pack_either(literals: bytes, blocks: list[list[Sequence]], second: list[bool], codes: tuple[Code, Code],
                sizes: list[int], crc: list[int]) -> list[bytes]:  # fmt: skip
    """The blocks, one after the other: each in the words of its own code."""
    out, used = [], 0
    for i, rows in enumerate(blocks):
        count = sum(row[0] for row in rows)
        out.append(block(literals[used : used + count], rows, codes[second[i]], sizes[i], crc[i]))
        used += count
    return out
