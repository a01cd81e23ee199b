"""Writing a family's VCF (BGZF and index) against pysam, record by record, in one run.

    python benchmarks/case_vcf.py [records] [rounds] [members: 3 or 1]

Both write the same calls to disk with an index; rounds alternate, and the ratio is the median of the paired ratios (CPU
time of the process; ours is the mean of ten files a round). Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median

import numpy as np
import pysam

from raresim.calls import select, take
from raresim.files import write
from raresim.genome import Contig, ContigKind
from raresim.sequencing import Calls, Genotypes
from raresim.sequencing.exome import Exome
from raresim.sites import Sites, Variant
from raresim.vcf_text import META, Layout, blocks

CONTIG = Contig("chr1", 248_956_422, ContigKind.AUTOSOME)
SAMPLES = ["child", "father", "mother"]


def family(records: int, members: int) -> Genotypes:
    """Random sites of a trio or a singleton, one in eight an indel."""
    rng = np.random.default_rng(1)
    pos = np.sort(rng.choice(CONTIG.length - 10, records, replace=False)).tolist()
    sites = Sites.of(Variant(0, p, "A", "AC" if i % 8 == 0 else "G") for i, p in enumerate(pos))
    copies = (rng.random((records, members, 2)) < 0.45).astype(np.int8)
    copies[:, members // 2, 0] |= copies.any(axis=(1, 2)) == 0
    return Genotypes(sites, copies)


def ours(layout: Layout, path: Path, sites: Sites, calls: Calls) -> None:
    """Write with raresim."""
    parts, index = blocks(layout, SAMPLES[: calls.alt.shape[1]], sites, calls)
    write(path, *parts)
    write(path.with_name(path.name + ".tbi"), index)


Row = tuple[Variant, float, list[int], list[int], list[int], list[int], list[int], list[list[int]]]


def plain(sites: Sites, calls: Calls) -> list[Row]:
    """Return the records as plain Python values: what pysam wants, made before its clock starts."""
    columns = (calls.qual, calls.alt, calls.ref_reads, calls.alt_reads, calls.depth, calls.gq, calls.pl)
    return list(zip((sites[i] for i in range(len(sites))), *(c.tolist() for c in columns), strict=True))


def theirs(layout: Layout, path: Path, rows: list[Row], members: int) -> None:
    """Write with pysam, a record at a time, and index with pysam."""
    header = pysam.VariantHeader()
    for line in layout.header.splitlines()[1:]:
        header.add_line(line)
    for sample in SAMPLES[:members]:
        header.add_sample(sample)
    genotypes = ((0, 0), (0, 1), (1, 1))
    with pysam.VariantFile(str(path), "wz", header=header) as out:
        for v, qual, alts, ref_reads, alt_reads, depth, gq, pl in rows:
            record = out.new_record(contig=CONTIG.name, start=v.pos, alleles=(v.ref, v.alt), qual=qual, filter="PASS")
            ac, an = sum(a for a in alts if a > 0), 2 * sum(a >= 0 for a in alts)
            record.info["AC"], record.info["AN"], record.info["AF"] = ac, an, ac / an
            for j, sample in enumerate(SAMPLES[:members]):
                entry = record.samples[sample]
                entry["GT"] = genotypes[alts[j]] if alts[j] >= 0 else (None, None)
                entry["AD"] = (ref_reads[j], alt_reads[j])
                entry["DP"] = depth[j]
                if alts[j] >= 0:
                    entry["GQ"] = gq[j]
                    entry["PL"] = tuple(pl[j])
            out.write(record)
    pysam.tabix_index(str(path), preset="vcf", force=True)


def seconds(task: Callable[[], object], path: Path) -> float:
    """CPU seconds of a task that writes a file which is not there yet."""
    for old in (path, path.with_name(path.name + ".tbi")):
        old.unlink(missing_ok=True)
    start = time.process_time()
    task()
    return time.process_time() - start


def main(records: int = 25_000, rounds: int = 5, members: int = 3) -> None:
    """Run and print."""
    contigs = f"##contig=<ID={CONTIG.name},length={CONTIG.length}>\n"
    layout = Layout(f"##fileformat=VCFv4.2\n{contigs}{META}", (CONTIG.name,))
    truth = family(records, members)
    model = Exome()
    calls = model.call(truth, 1)
    rows = select(calls)
    sites, calls = truth.sites.take(rows), take(calls, rows)
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "ours.vcf.gz", Path(folder) / "theirs.vcf.gz"
        ours(layout, one, sites, calls)  # compiled before the clock starts
        prepared, pairs = plain(sites, calls), []
        for _ in range(rounds):
            fast = fmean(seconds(lambda: ours(layout, one, sites, calls), one) for _ in range(10))
            pairs.append((fast, seconds(lambda: theirs(layout, two, prepared, members), two)))
        lines = [list(map(str, pysam.VariantFile(str(path)))) for path in (one, two)]
        kilobytes = [path.stat().st_size / 1000 for path in (one, two)]
    assert len(lines[0]) == len(lines[1]) == len(sites)
    sequencing = min(seconds(lambda: model.call(truth, 1), one) for _ in range(10))
    print(
        json.dumps(
            {
                "members": members,
                "records": len(sites),
                "raresim_ms": round(1000 * median(a for a, _ in pairs), 1),
                "pysam_ms": round(1000 * median(b for _, b in pairs), 1),
                "ratio": round(median(b / a for a, b in pairs), 1),
                "sequencing_ms": round(1000 * sequencing, 1),
                "raresim_kB": round(kilobytes[0]),
                "pysam_kB": round(kilobytes[1]),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
