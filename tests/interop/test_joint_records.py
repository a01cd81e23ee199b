"""bcftools takes joint records apart into the separate ones."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from raresim.vcf_text import encode
from tests.test_joint_records import LAYOUT, SAMPLES, crowded

pytestmark = pytest.mark.interop
QUERY = "%CHROM %POS %REF %ALT %FILTER[ %GT]\\n"


def rows(bcftools: str, path: Path, *change: str) -> list[tuple[str, ...]]:
    """Records as text; the alleles of a genotype are sorted. Without the reference bcftools leaves the padding on."""
    changed = subprocess.run([bcftools, *change, str(path)], capture_output=True, check=True).stdout
    shown = subprocess.run([bcftools, "query", "-f", QUERY], input=changed, capture_output=True, check=True).stdout
    lines = [line.split(" ") for line in shown.decode().splitlines()]
    for line in lines:
        while len(line[2]) > 1 < len(line[3]) and line[2][-1] == line[3][-1] and "," not in line[3]:
            line[2], line[3] = line[2][:-1], line[3][:-1]
    return sorted((*line[:5], *("/".join(sorted(gt.split("/"))) for gt in line[5:])) for line in lines)


def test_bcftools_splits_joint_records_into_the_separate_ones(tool: Callable[[str], str], tmp_path: Path) -> None:
    bcftools = tool("bcftools")
    sites, calls = crowded(400, 60.0)
    paths = []
    for joint in (False, True):
        data, index = encode(LAYOUT, SAMPLES, sites, calls, joint=joint)
        path = tmp_path / f"{joint}.vcf.gz"
        path.write_bytes(data)
        path.with_name(path.name + ".tbi").write_bytes(index)
        paths.append(path)
    separate, joint_rows = rows(bcftools, paths[0], "view"), rows(bcftools, paths[1], "view")
    assert len(joint_rows) < 0.75 * len(separate)
    assert rows(bcftools, paths[1], "norm", "-m", "-any") == separate
    joined = {row[:4] for row in joint_rows if "," in row[3]}
    assert joined <= {row[:4] for row in rows(bcftools, paths[0], "norm", "-m", "+both")}
    assert len(joined) > 200
