"""The text of VCF records by string formatting: the twin of raresim.kernels.vcf_text."""

from __future__ import annotations

import struct

from raresim.sequencing import Calls
from raresim.sites import Sites


def sample(calls: Calls, i: int, j: int, mark: str) -> str:
    """GT:AD:DP:GQ:PL of one member."""
    copies, alt = int(calls.ploidy[i, j]), int(calls.alt[i, j])
    if alt < 0:
        genotype = mark.join(".." if copies == 2 else ".")
    elif copies == 2 and alt == 1 and mark == "|":
        genotype = "1|0" if calls.phase[i, j] == 0 else "0|1"
    else:
        genotype = mark.join(("0" * (copies - alt)) + "1" * alt)
    reads = f"{calls.ref_reads[i, j]},{calls.alt_reads[i, j]}:{calls.depth[i, j]}"
    if alt < 0:
        return f"{genotype}:{reads}:.:."
    return f"{genotype}:{reads}:{calls.gq[i, j]}:{','.join(str(p) for p in calls.pl[i, j, : copies + 1])}"


def single(value: float) -> float:
    """The nearest float32."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def record(names: list[str], sites: Sites, calls: Calls, i: int, mark: str = "/", extra: str = "") -> str:
    """One line."""
    v = sites[i]
    called = [j for j in range(calls.alt.shape[1]) if calls.alt[i, j] >= 0]
    ac, an = sum(int(calls.alt[i, j]) for j in called), sum(int(calls.ploidy[i, j]) for j in called)
    columns = [
        names[v.contig],
        str(v.pos + 1),
        ".",
        v.ref,
        v.alt,
        f"{calls.qual[i]:.1f}".removesuffix(".0"),
        "PASS" if calls.passed[i] else "LowQual",
        f"AC={ac};AF={single(ac / an):.6g};AN={an}{extra}",
        "GT:AD:DP:GQ:PL",
        *(sample(calls, i, j, mark) for j in range(calls.alt.shape[1])),
    ]
    return "\t".join(columns) + "\n"
