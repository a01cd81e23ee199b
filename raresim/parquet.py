"""Parquet files of a study, written row by row and joined in constant memory; pyarrow is an extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raresim.errors import InputError
from raresim.files import whole
from raresim.truth_tables import COLUMNS, Value

if TYPE_CHECKING:
    from raresim.case import Case
    from raresim.world import World

GROUP = 65_536  # rows a row group: some megabytes in memory (a choice)
TRUTH = ("cases", "terms")
SCHEMAS = {
    "observed/cases": ["case", "person", "sex", "age", "members"],
    "observed/terms": ["case", "person", "visit", "term", "label", "excluded", "onset", "modifiers"],
    **{f"truth/{name}": COLUMNS[name].split() for name in TRUTH},
}
INTEGERS = ("number", "members", "terms_observed", "terms_excluded", "visit")
NUMBERS = ("age", "onset")
FLAGS = ("detectable", "excluded", "dated")  # what is not named is text


def observed(case: Case, world: World) -> Iterator[tuple[str, Sequence[Value]]]:
    """Yield (table, values) of what a tool may see of a case: the proband, and the terms of every member and visit.

    Visits are counted from the first one; the last one is the examination.
    """
    seen = case.observed
    proband = seen.members[0]
    last = len(seen.earlier) + 1
    yield "cases", (seen.code, proband.code, "female" if proband.female else "male", proband.age, len(seen.members))
    records = [(proband.code, number, visit.features) for number, visit in enumerate(seen.earlier, 1)]
    records += [(member.code, last, member.features) for member in seen.members if member.features]
    for person, number, features in records:
        for f in features.rows:
            label = world.ontology.labels[world.ontology.index(f.term)]
            yield "terms", (seen.code, person, number, f.term, label, f.excluded, f.onset, ";".join(f.modifiers))


def arrow() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet module; InputError, with the extra that brings them, where they are missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError("output.parquet: pyarrow is missing; pip install 'raresim-dx[parquet]' brings it") from None
    return pyarrow, pyarrow.parquet


@contextmanager
def writing(folder: Path) -> Iterator[Callable[[str, Sequence[Value]], None]]:
    """Give ``put(table, values)``, which adds a row to a table of :data:`SCHEMAS` below the folder.

    Files appear when the block ends.
    """
    held: dict[str, list[Sequence[Value]]] = {name: [] for name in SCHEMAS}
    with ExitStack() as stack:
        files = {name: stack.enter_context(_file(folder / f"{name}.parquet", _schema(name))) for name in SCHEMAS}

        def flush(name: str) -> None:
            if held[name]:
                files[name].write_table(_table(held[name], _schema(name)))
                held[name].clear()

        def put(name: str, values: Sequence[Value]) -> None:
            held[name].append(values)
            if len(held[name]) == GROUP:
                flush(name)

        yield put
        for name in SCHEMAS:
            flush(name)


def join(parts: Sequence[Path], target: Path) -> None:
    """Write the rows of several files, in this order, as one file with groups of :data:`GROUP` rows."""
    pa, parquet = arrow()
    schema = parquet.read_schema(parts[0])
    with _file(target, schema) as out:
        held = schema.empty_table()
        for part in parts:
            with parquet.ParquetFile(part) as file:
                for batch in file.iter_batches(GROUP, use_threads=False):
                    held = pa.concat_tables([held, pa.Table.from_batches([batch])])
                    if len(held) >= GROUP:
                        out.write_table(held.slice(0, GROUP).combine_chunks())
                        held = held.slice(GROUP)
        if len(held):
            out.write_table(held.combine_chunks())


@contextmanager
def _file(path: Path, schema: Any) -> Iterator[Any]:
    _, parquet = arrow()
    with whole(path) as out, parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        yield writer


def _schema(name: str) -> Any:
    pa, _ = arrow()
    types = {
        **dict.fromkeys(INTEGERS, pa.int32()),
        **dict.fromkeys(NUMBERS, pa.float64()),
        **dict.fromkeys(FLAGS, pa.bool_()),
    }
    return pa.schema([(column, types.get(column, pa.string())) for column in SCHEMAS[name]])


def _table(rows: Sequence[Sequence[Value]], schema: Any) -> Any:
    pa, _ = arrow()
    columns = zip(*rows, strict=True)
    arrays = [pa.array(list(values), field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
