"""The same shards, converted by the same function on Spark: the session, the job, what came of it.

Imported only where the engine `spark` is chosen. Holds no conversion: a task is one shard, given
to shards.convert under mapInArrow; Parquet goes in and out by address, never through Spark. A task
that is done again, because its worker died, writes the same parts.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from moonlanding_assets.engine_settings import Spark
from moonlanding_assets.errors import EngineFailed
from moonlanding_assets.normalize.directory import Placeholder
from moonlanding_assets.normalize.exchange import exchanged
from moonlanding_assets.normalize.shards import Converted, Runner, Shard, Work, part
from moonlanding_assets.normalize.spark_task import MET, code_digest, convert_shard

LOOK_EVERY_SECONDS = 1.0
EXECUTOR_WITHIN_SECONDS = 300.0
_OURS = "moonlanding_assets.errors."


def on_spark(spark: Spark) -> Runner:
    """A runner that has the shards converted by Spark, its workers wherever the master has them.

    In its work it raises EngineFailed.
    """

    def run(todo: list[Shard], work: Work) -> Generator[Converted]:
        with (
            exchanged(todo, work, spark.exchange) as (sent, there),
            ThreadPoolExecutor(max_workers=1) as thread,  # in the main one Spark would take SIGINT
        ):
            session = _result(thread.submit(_open, spark), spark)
            try:
                job = _Job(session, sent, there)
                yield from _converted(session, job, thread.submit(job.collect), spark)
            finally:
                session.stop()
        _require_parts(todo, work, spark)

    return run


def _open(spark: Spark) -> SparkSession:
    settings = {
        "spark.ui.enabled": "false",  # it would listen on every address of this machine
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if spark.master.startswith(("local", "spark://127.0.0.1:", "spark://localhost:")):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    builder = SparkSession.builder.master(spark.master).appName("moonlanding normalize")
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.pythonExec = spark.interpreter
    return session


class _Union:
    """How Spark adds up which shards are done: once for each task that ended well."""

    def zero(self, value: frozenset[int]) -> frozenset[int]:
        """None yet."""
        del value
        return frozenset()

    def addInPlace(  # noqa: N802  the name is Spark's
        self, left: frozenset[int], right: frozenset[int]
    ) -> frozenset[int]:
        """Both."""
        return left | right


class _Job:
    """One task a shard. `done` holds the numbers of those that are done, while others go on."""

    def __init__(self, session: SparkSession, todo: list[Shard], work: Work) -> None:
        self.todo = todo
        self.done = session.sparkContext.accumulator(frozenset(), _Union())
        done, code = self.done, code_digest()  # what goes to the workers; not this object

        def convert(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for index in batch.column(0).to_numpy().tolist():
                    yield convert_shard(todo[index], work, code)
                    done.add(frozenset((index,)))

        numbers = session.range(0, len(todo), 1, max(len(todo), 1))
        columns = ", ".join(f"`{name}` string" for name in MET.names)
        self._frame = numbers.mapInArrow(convert, columns)

    def collect(self) -> dict[str, Placeholder]:
        """Run it to its end; the placeholders, by key."""
        rows = self._frame.collect()
        return {row["key"]: Placeholder(**row.asDict()) for row in rows}


def _converted(
    session: SparkSession, job: _Job, future: "Future[dict[str, Placeholder]]", spark: Spark
) -> Generator[Converted]:
    """Documents as they are done, a shard at a time; in the end the placeholders."""
    told: frozenset[int] = frozenset()
    waited_seconds = 0.0
    while not future.done():
        wait([future], timeout=LOOK_EVERY_SECONDS)
        waited_seconds += LOOK_EVERY_SECONDS
        if waited_seconds > EXECUTOR_WITHIN_SECONDS and not _has_executor(session):
            raise EngineFailed(
                f"spark at {spark.master} gave no executor within {EXECUTOR_WITHIN_SECONDS:.0f} s: "
                "are workers registered there, with free cores and memory?"
            )
        now = frozenset(job.done.value)
        yield sum(job.todo[index].documents for index in now - told), {}
        told = now
    placeholders = _result(future, spark)
    yield (
        sum(one.documents for index, one in enumerate(job.todo) if index not in told),
        placeholders,
    )


def _has_executor(session: SparkSession) -> bool:
    context = session.sparkContext
    executors = len(context._jsc.sc().statusTracker().getExecutorInfos())  # the driver is one
    return bool(context.master.startswith("local") or executors > 1)


def _require_parts(todo: list[Shard], work: Work, spark: Spark) -> None:
    """Raise EngineFailed unless every shard left what every document leaves: its account."""
    for shard in todo:
        file = Path(part(work.parts, "migration_documents", shard.number))
        if shard.documents and not file.is_file():
            raise EngineFailed(
                f"spark at {spark.master} says that all is done, but {file.name} of "
                f"{shard.collection} is not here: the workers do not share this directory with "
                "this machine; set MOONLANDING_SPARK_EXCHANGE to a place that all reach"
            )


def _result(future: "Future[Any]", spark: Spark) -> Any:
    try:
        return future.result()
    except (PySparkException, Py4JError) as error:
        raise EngineFailed(f"spark at {spark.master}: {_said(error)}") from None


def _said(error: Exception) -> str:
    """The line of a worker that is ours, else the kind: other text may hold values of documents."""
    for line in str(error).splitlines():
        if line.startswith(_OURS):
            return line.removeprefix(_OURS)
    return f"{type(error).__name__}; its log on stderr and in the workers' directories says more"
