"""The normal form of an allele: trimmed and left-aligned, as ``bcftools norm`` writes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raresim.genome import Genome
from raresim.sites import Sites, Variant


def normalise(genome: Genome, variant: Variant) -> Variant | None:
    """Return the normal form of a variant; None where REF is not the reference, REF equals ALT, or a base of REF, of
    ALT or of the stretch that an insertion or deletion can move over (with its anchor) is not ACGT.

    The form is that of Tan, Abecasis and Kang 2015 (doi:10.1093/bioinformatics/btv112): parsimonious, left-aligned.
    """
    sites, _ = normalise_rows(genome, Sites.of([variant]))
    return sites[0] if len(sites) else None


def normalise_sites(genome: Genome, sites: Sites) -> Sites:
    """Return the normal forms in the order of the rows, without the rows that have none (see ``normalise``)."""
    return normalise_rows(genome, sites)[0]


def normalise_rows(genome: Genome, sites: Sites) -> tuple[Sites, NDArray[np.bool_]]:
    """Return the normal forms of the rows that have one, and which rows of ``sites`` these are (bool[n])."""
    from raresim.kernels.normalise import normal_form

    ok, shift, head, tail = normal_form(
        sites.contig,
        sites.pos,
        sites.ref_off,
        sites.ref_text,
        sites.alt_off,
        sites.alt_text,
        genome.seg_first,
        genome.seg_start,
        genome.seg_end,
        genome.seg_off,
        genome.bases,
    )
    rows = np.flatnonzero(ok)
    done = (shift[rows] == 0) & (head[rows] == 0) & (tail[rows] == 0)
    if done.all():
        return (sites if len(rows) == len(sites) else sites.take(rows)), ok
    parts = [sites.take(rows[done])] if done.any() else []
    todo = rows[~done]
    moved = [_moved(genome, sites[int(i)], int(shift[i]), int(head[i]), int(tail[i])) for i in todo]
    joined = Sites.concat([*parts, Sites.of(moved)])
    back = np.empty(len(rows), np.int64)
    back[np.concatenate([np.flatnonzero(done), np.flatnonzero(~done)])] = np.arange(len(rows))
    return joined.take(back), ok


def _moved(genome: Genome, variant: Variant, shift: int, head: int, tail: int) -> Variant:
    ref = variant.ref[head : len(variant.ref) - tail]
    alt = variant.alt[head : len(variant.alt) - tail]
    pos = variant.pos + head
    if ref and alt:
        return Variant(variant.contig, pos, ref, alt)
    before = genome.fetch(variant.contig, pos - shift - 1, pos)
    turn = shift % max(len(ref), len(alt))
    anchor = before[0]
    ref, alt = (text[len(text) - turn :] + text[: len(text) - turn] if text else "" for text in (ref, alt))
    return Variant(variant.contig, pos - shift - 1, anchor + ref, anchor + alt)
