"""What the files of a case say without being read: names, sizes, headers, number and order of things."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

LETTERS = 6  # characters of a code that are looked at, after its first letter
NAMES = (
    *("vcf_bytes", "index_bytes", "header_bytes", "header_lines", "header_text", "records", "bytes_a_record"),
    *("ped_bytes", "packet_keys", "packet_metadata", "proband_column", "code_length", "person_length"),
    *(f"code_{i}" for i in range(LETTERS)),
    *(f"person_{i}" for i in range(LETTERS)),
)


def features(folder: Path, code: str, samples: Sequence[str], proband: str, records: int) -> list[float]:
    """Return the features named in ``NAMES`` of one case below ``folder/observed``; NaN for files that are not there.

    samples: of the VCF, in its order. The phenopacket counts with its keys and metadata only: its findings are biology.
    """
    vcf = folder / "observed" / "vcf" / f"{code}.vcf.gz"
    head = _header(vcf, [code, *samples])
    size = _size(vcf)
    return [
        size,
        _size(vcf.with_name(vcf.name + ".tbi")),
        float(len(head)),
        float(head.count(b"\n")),
        float(zlib.crc32(head) % 997),
        float(records),
        size / max(records, 1),
        _size(folder / "observed" / "ped" / f"{code}.ped"),
        *_packet(folder / "observed" / "phenopackets" / f"{code}.json", [code, *samples]),
        float(samples.index(proband)),
        float(len(code)),
        float(len(proband)),
        *_letters(code),
        *_letters(proband),
    ]


def _size(path: Path) -> float:
    return float(path.stat().st_size) if path.exists() else float("nan")


def _header(path: Path, codes: Sequence[str]) -> bytes:
    """The header of a VCF without the codes of the case."""
    from raresim.textfile import pieces

    out = b""
    for piece in pieces(path, "observed"):
        out += piece
        end = out.find(b"\n", out.find(b"#CHROM"))
        if b"#CHROM" in out and end > 0:
            return _without(out[: end + 1], codes)
    return out


def _packet(path: Path, codes: Sequence[str]) -> tuple[float, float]:
    import orjson

    if not path.exists():
        return float("nan"), float("nan")
    data = orjson.loads(path.read_bytes())
    keys = ",".join([*data, "|", *data.get("subject", {})]).encode()
    text = _without(orjson.dumps(data.get("metaData", {})), codes)
    return float(zlib.crc32(keys) % 997), float(zlib.crc32(text) % 997)


def _without(text: bytes, codes: Sequence[str]) -> bytes:
    for code in codes:
        text = text.replace(code.encode(), b"")
    return text


def _letters(code: str) -> list[float]:
    return [float(ord(letter)) for letter in code[1 : 1 + LETTERS].ljust(LETTERS)]
