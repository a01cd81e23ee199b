"""CRC-32 of a text that is never made, from tables: the register is linear in what is read (RFC 1952, 8)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raresim.bgzf import BLOCK

_POLYNOMIAL = 0xEDB88320


def _bytes() -> NDArray[np.uint32]:
    """Return the register after each byte, from a register of 0."""
    register = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        register = np.where(register & 1, register >> 1 ^ np.uint32(_POLYNOMIAL), register >> 1)
    return register


@dataclass(frozen=True)
class Tables:
    """Tables for rows of cells of equal text with a few changed bytes.

    blank: text of a cell of each form; flip: the change (exclusive or) that the commonest allele makes to a byte.
    """

    blank: tuple[bytes, ...]
    flip: int

    @cached_property
    def byte(self) -> NDArray[np.uint32]:
        """The register after each byte, from 0."""
        return _bytes()

    @cached_property
    def low(self) -> NDArray[np.uint32]:
        """uint32[256, 4, 256]: the register after 0 to 255 zero bytes, by byte of the register before."""
        start = np.arange(256, dtype=np.uint32) << 8 * np.arange(4, dtype=np.uint32)[:, None]
        out = [start]
        for _ in range(255):
            out.append(self._zero(out[-1]))
        return np.stack(out)

    @cached_property
    def high(self) -> NDArray[np.uint32]:
        """The same after multiples of 256 zero bytes."""
        far = self._zero(self.low[255])
        out = [self.low[0]]
        for _ in range(BLOCK // 256):
            x = out[-1]
            out.append(far[0][x & 255] ^ far[1][x >> 8 & 255] ^ far[2][x >> 16 & 255] ^ far[3][x >> 24])
        return np.stack(out)

    @cached_property
    def run(self) -> NDArray[np.uint32]:
        """uint32[forms, cells + 1]: the register after so many cells, from 0."""
        out = np.zeros((len(self.blank), BLOCK + 1), np.uint32)
        for row, cell in zip(out, self.blank, strict=True):
            value = 0
            for count in range(1, BLOCK // len(cell) + 1):
                value = Tables.read(value, cell)
                row[count] = value
        return out

    @cached_property
    def flips(self) -> NDArray[np.uint32]:
        """uint32[bytes + 1]: the change of the register when the commonest allele is so many bytes back."""
        out, value = np.zeros(BLOCK + 1, np.uint32), Tables.read(0, bytes([self.flip]))
        for back in range(BLOCK + 1):
            out[back] = value
            value = Tables.read(value, b"\0")
        return out

    def groups(self, texts: NDArray[np.uint8], sizes: list[int]) -> NDArray[np.uint32]:
        """Return uint32[forms, 4, 256]: the register after texts[form, i, :sizes[form]], from 0; and after one to three
        times as many zero bytes more."""
        out = np.zeros((len(texts), 4, 256), np.uint32)
        for row, mine, size in zip(out, texts, sizes, strict=True):
            for symbol in range(256):
                row[0, symbol] = Tables.read(0, mine[symbol, :size].tobytes())
                for more in (1, 2, 3):
                    row[more, symbol] = Tables.read(int(row[more - 1, symbol]), bytes(size))
        return out

    def _zero(self, register: NDArray[np.uint32]) -> NDArray[np.uint32]:
        return np.asarray(self.byte[register & 255] ^ register >> 8)

    @staticmethod
    def read(register: int, text: bytes) -> int:
        """Return the register after a text; zlib's own begins and ends with all bits turned."""
        return zlib.crc32(text, register ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
