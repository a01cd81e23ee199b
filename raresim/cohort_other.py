"""The whole cohort in formats of other libraries: PLINK 2 through pgenlib, VCF Zarr through bio2zarr."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raresim.cohort import People, Portion, portions
from raresim.errors import InputError
from raresim.files import failed, whole
from raresim.genome import ContigKind, Genome
from raresim.panel import Panel

CELLS = 1 << 23  # alleles handed over at a time: 32 MB (a choice)


def write_plink(path: Path, panel: Panel, genome: Genome) -> None:
    """Write PATH.pgen, .pvar and .psam: phased, a record an ALT allele.

    As PLINK 2 has it, one haplotype (a man's X, mitochondrial DNA) is two equal alleles, the pseudoautosomal regions of
    X are the chromosomes PAR1 and PAR2, and ancestry is a categorical phenotype. Raises InputError without pgenlib.
    """
    pgenlib = plink()
    people = People.of(panel)
    count = _records(panel, genome, people)
    if count == 0:
        raise InputError("output.plink: no one in the cohort carries a site; a pgen file cannot be empty")
    with whole(path.with_name(path.name + ".psam")) as out:
        labels = [panel.ancestries[panel.ancestry[person]] for person in people.order.tolist()]
        columns = enumerate(zip(people.names, labels, strict=True))
        lines = [f"{name}\t{2 if i < people.women else 1}\t{label}\n" for i, (name, label) in columns]
        out.write("".join(["#IID\tSEX\tancestry\n", *lines]).encode())
    final = path.with_name(path.name + ".pgen")
    temporary = final.with_name(final.name + ".tmp")
    try:
        writer = pgenlib.PgenWriter(
            os.fsencode(temporary), len(people.order), variant_ct=count, nonref_flags=False, hardcall_phase_present=True
        )
        with writer, whole(path.with_name(path.name + ".pvar")) as out:
            out.write(_contigs(genome) + b"#CHROM\tPOS\tID\tREF\tALT\n")
            for portion in portions(panel, genome, people, False):
                out.write(_variants(portion, genome))
                step = max(1, CELLS // (2 * len(people.order)))
                for lo in range(0, len(portion.an), step):
                    writer.append_alleles_batch(
                        _alleles(portion.rows(lo, lo + step), people.women, len(people.order)), True
                    )
        os.replace(temporary, final)
    except (OSError, RuntimeError) as error:
        raise failed(final, error if isinstance(error, OSError) else OSError(0, str(error))) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_zarr(path: Path, panel: Panel, genome: Genome) -> None:
    """Write a folder in the VCF Zarr layout, made of the cohort's BCF; InputError without bio2zarr."""
    from raresim.cohort_files import write_bcf

    bio2zarr = zarr()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".bcf-") as folder:
            source = Path(folder) / "cohort.bcf"
            write_bcf(source, panel, genome, False)
            store = bio2zarr.convert([source], temporary, mode="r+", icf_path=Path(folder) / "icf")
            phased = store["call_genotype_phased"]  # bio2zarr 0.2.1 leaves it undefined in rows of single haplotypes
            for lo in range(0, phased.shape[0], phased.chunks[0]):
                phased[lo : lo + phased.chunks[0]] = True
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
    except OSError as error:
        raise failed(path, error) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def plink() -> Any:
    """Return pgenlib; InputError, with the extra that brings it, where it is missing."""
    return _extra("pgenlib", "plink", "plink")


def zarr() -> Any:
    """Return the VCF module of bio2zarr; InputError, with the extra that brings it, where it is missing."""
    return _extra("bio2zarr.vcf", "zarr", "vcf_zarr")


def _extra(module: str, extra: str, kind: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise InputError(f"output.{kind}: {package} is missing; pip install 'raresim-dx[{extra}]' brings it") from None


def _records(panel: Panel, genome: Genome, people: People) -> int:
    return sum(len(portion.an) for portion in portions(panel, genome, people, False, True))


def _contigs(genome: Genome) -> bytes:
    return "".join(f"##contig=<ID={contig.name},length={contig.length}>\n" for contig in genome.contigs).encode()


def _variants(portion: Portion, genome: Genome) -> bytes:
    lines = []
    for row in range(len(portion.an)):
        variant = portion.sites[row]
        contig = genome.contigs[variant.contig]
        name = contig.name
        if contig.kind is ContigKind.X and contig.in_par(variant.pos):
            name = "PAR1" if variant.pos < contig.par[0][1] else "PAR2"
        lines.append(f"{name}\t{variant.pos + 1}\t.\t{variant.ref}\t{variant.alt}\n")
    return "".join(lines).encode()


def _alleles(portion: Portion, women: int, people: int) -> NDArray[np.int32]:
    """Return int32[records, 2 * people]: 0 or 1, twice the same for one haplotype, -9 for none."""
    out = np.zeros((len(portion.an), people, 2), np.int32)
    rows = np.repeat(np.arange(len(out)), np.diff(portion.off))
    out[rows, portion.carriers >> 1, portion.carriers & 1] = 1
    for sex, columns in enumerate((slice(0, women), slice(women, people))):
        copies = np.bitwise_count(portion.sides[:, sex])
        single = np.flatnonzero(copies == 1)
        out[single, columns] = out[single, columns].max(2, keepdims=True)
        out[np.flatnonzero(copies == 0), columns] = -9
    return out.reshape(len(out), -1)
