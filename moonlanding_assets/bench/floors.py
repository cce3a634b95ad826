"""The least that stages could take: what any program in any language has to do with the same data.

Each floor leaves out everything that a stage does besides: no decoding, no mapping, no index, no
check. Work that is not the floor's own (fetching what is parsed or inserted) is not timed.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_sqlite import dbapi

from moonlanding_assets.bench.job import WHOLE, Done, Job
from moonlanding_assets.load.ingest import insert_statement, plain_rows, tagged_rows
from moonlanding_assets.load.stage import StageFile, batches, open_stage
from moonlanding_assets.pipeline.p3_plan import stage_files
from moonlanding_assets.schema.catalogue import quoted, table_ddl
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.export_framing import RecordReader
from moonlanding_assets.source.managed_export import ManagedExport

_IN_HASTE = ("synchronous = OFF", "journal_mode = OFF", "cache_size = -131072")
_PARSED_AT_ONCE = 5_000
Rows = list[tuple[object, ...]]


def frame_and_check(job: Job) -> Done:
    """Records of both exports found, and their checksums compared; nothing decoded."""
    documents = 0
    for system in SYSTEMS:
        for shard in ManagedExport.open(job.settings.export(system)).shards:
            documents += sum(1 for _ in RecordReader(shard))
    return Done(documents=documents)


def parse_json(job: Job) -> Done:
    """The text of every document parsed by orjson, and thrown away."""
    documents, seconds = 0, 0.0
    for snapshot in job.snapshots().values():
        for key in snapshot.collections:
            for texts in _texts(snapshot.file(key)):
                started = time.perf_counter()
                for text in texts:
                    orjson.loads(text)
                seconds += time.perf_counter() - started
                documents += len(texts)
    return Done(documents=documents, seconds=seconds)


def _texts(file: Path) -> Iterator[list[str]]:
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(_PARSED_AT_ONCE, columns=["fields"]):
            yield [str(text) for text in batch.column("fields").to_pylist()]


def insert_prepared(job: Job) -> Done:
    """The very rows of the load, through sqlite3's executemany, into tables without an index."""
    inserted, seconds = 0, 0.0
    with closing(_empty(job.scratch / "floor.db", job)) as connection:
        for file, rows in _rows(job):
            statement = insert_statement(file.table, "INSERT")
            started = time.perf_counter()
            connection.executemany(statement, rows)
            seconds += time.perf_counter() - started
            inserted += len(rows)
        seconds += _committed(connection)
    return _inserted(job, inserted, seconds)


def insert_inside(job: Job) -> Done:
    """The same rows from a table in memory, by SQLite itself: no Python between two rows."""
    inserted, seconds = 0, 0.0
    with closing(_empty(job.scratch / "floor.db", job)) as connection:
        for file, rows in _rows(job):
            name = quoted(file.table.name)
            marks = ", ".join("?" for _ in file.table.columns)
            listed = ", ".join(quoted(column.name) for column in file.table.columns)
            connection.execute(f"CREATE TABLE memory.waiting ({listed})")
            connection.executemany(f"INSERT INTO memory.waiting VALUES ({marks})", rows)
            started = time.perf_counter()
            connection.execute(f"INSERT INTO main.{name} ({listed}) SELECT * FROM memory.waiting")
            seconds += time.perf_counter() - started
            connection.execute("DROP TABLE memory.waiting")
            inserted += len(rows)
        seconds += _committed(connection)
    return _inserted(job, inserted, seconds)


def insert_arrow(job: Job) -> Done:
    """The same rows by ADBC, from Arrow batches that are read and verified already."""
    target, inserted, seconds = job.scratch / "floor.db", 0, 0.0
    _empty(target, job).close()
    with dbapi.connect(str(target)) as connection, connection.cursor() as cursor:
        for file, batch in _batches(job):
            if any(column.type == "ANY" for column in file.table.columns):
                continue  # ADBC gives a column one type
            started = time.perf_counter()
            inserted += cursor.adbc_ingest(file.table.name, batch, mode="append")
            seconds += time.perf_counter() - started
        started = time.perf_counter()
        connection.commit()
        seconds += time.perf_counter() - started
    return _inserted(job, inserted, seconds)


def _empty(file: Path, job: Job) -> sqlite3.Connection:
    """The tables of the load, with nothing beside them; a transaction is open."""
    connection = sqlite3.connect(file, isolation_level=None)
    for setting in _IN_HASTE:
        connection.execute(f"PRAGMA {setting}")
    connection.execute("ATTACH ':memory:' AS memory")
    connection.execute("BEGIN")
    for one in open_stage(stage_files(job.layout, WHOLE)):
        connection.execute(table_ddl(one.table))
    connection.execute("COMMIT")
    connection.execute("BEGIN")
    return connection


def _committed(connection: sqlite3.Connection) -> float:
    started = time.perf_counter()
    connection.execute("COMMIT")
    return time.perf_counter() - started


def _batches(job: Job) -> Iterator[tuple[StageFile, pa.RecordBatch]]:
    for file in open_stage(stage_files(job.layout, WHOLE)):
        for batch in batches(file, job.settings.timestamp_storage):
            yield file, batch


def _rows(job: Job) -> Iterator[tuple[StageFile, Rows]]:
    """The rows as the load binds them, a batch at a time, so that memory stays flat."""
    for file, batch in _batches(job):
        is_tagged = any(column.type == "ANY" for column in file.table.columns)
        yield file, list(tagged_rows(file.table, batch) if is_tagged else plain_rows(batch))


def _inserted(job: Job, rows: int, seconds: float) -> Done:
    documents = sum(one.manifest.documents for one in job.snapshots().values())
    return Done(documents=documents, rows=rows, seconds=seconds)
