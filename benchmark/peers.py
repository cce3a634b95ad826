"""What a user would pick instead, run on the same lines: `python peers.py NAME LINES OUT RESULT`.

Each function is that program's own documented way to load JSON lines, with nothing tuned and
nothing taken away but what it refuses. Runs in an environment of its own (requirements.txt); the
clock runs around the load, not around the imports. Prints nothing of the data.
"""

import importlib
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

PATH = "document_path"


def lines_of(file: Path) -> Iterator[dict[str, Any]]:
    """The documents of one collection."""
    with file.open() as lines:
        for line in lines:
            yield json.loads(line)


def sqlite_utils(lines: list[Path], out: Path) -> None:
    """A table a collection; columns are added as they come."""
    from sqlite_utils import Database

    database = Database(out / "result.db")
    for file in lines:
        database[file.stem].insert_all(lines_of(file), pk=PATH, alter=True, batch_size=1000)
    database.close()


def dlt(lines: list[Path], out: Path) -> None:
    """A resource a collection, into SQLite by its SQLAlchemy destination."""
    import dlt as program
    from dlt.destinations import sqlalchemy

    pipeline = program.pipeline(
        pipeline_name="peer",
        pipelines_dir=str(out / "pipelines"),
        destination=sqlalchemy(credentials=f"sqlite:///{out / 'result.db'}"),
        dataset_name="main",
    )
    pipeline.run(
        [
            program.resource(map(_finite, lines_of(file)), name=file.stem, primary_key=PATH)
            for file in lines
        ]
    )


def _finite(value: Any) -> Any:
    """Without NaN and infinities, which dlt cannot take."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def duckdb(lines: list[Path], out: Path) -> None:
    """read_json_auto, a table a collection, into a DuckDB file."""
    import duckdb as program

    with closing(program.connect(str(out / "result.duckdb"))) as connection:
        for file in lines:
            connection.execute(
                f"CREATE TABLE \"{file.stem}\" AS SELECT * FROM read_json_auto('{file}', "
                "maximum_object_size = 67108864)"
            )


def firestore_backup(lines: list[Path], out: Path) -> None:
    """Its dump made into SQL text, which the sqlite3 shell reads; its dump keeps kinds."""
    dump, script = lines[0].parents[1] / "dump.ndjson", out / "result.sql"
    program = [
        sys.executable,
        "-m",
        "firestore_backup",
        "sql",
        str(dump),
        "-o",
        str(script),
        "--dialect",
        "sqlite",
        "--input-format",
        "ndjson",
    ]
    subprocess.run(program, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    shell = ["sqlite3", "-bail", str(out / "result.db"), f".read {script}"]
    subprocess.run(shell, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


PEERS: dict[str, tuple[str, Callable[[list[Path], Path], None]]] = {
    "sqlite_utils": ("sqlite_utils", sqlite_utils),
    "dlt": ("dlt", dlt),
    "firestore_backup": ("firestore_backup", firestore_backup),
    "duckdb": ("duckdb", duckdb),
}


def main(name: str, lines: Path, out: Path, result: Path) -> None:
    """Load once; how long it took, or why it could not be done, as JSON."""
    module, load = PEERS[name]
    files = sorted(lines.glob("*.ndjson"))
    try:
        importlib.import_module(module)
        used, started = _cpu_seconds(), time.perf_counter()
        load(files, out)
        found = {
            "seconds": time.perf_counter() - started,
            "cpu_seconds": _cpu_seconds() - used,
        }
    except Exception as error:  # whatever it is, the table says it, without a value in it
        found = {"failed": type(error).__name__}
    result.write_text(json.dumps(found))


def _cpu_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


if __name__ == "__main__":
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # dlt reports to its makers otherwise
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
