"""The choice of the engine: what it needs, what it says without it, and what it leaves alone."""

import importlib.util
import json
import pickle
import shutil
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from moonlanding_assets.engine_settings import Spark
from moonlanding_assets.errors import EngineFailed, EngineMissing, SettingsError
from moonlanding_assets.normalize import address, engine
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.engine import require_spark, runner_of
from moonlanding_assets.normalize.exchange import exchanged
from moonlanding_assets.normalize.shards import Shard, Work, part
from moonlanding_assets.normalize.spark_task import code_digest, convert_shard
from moonlanding_assets.pipeline.resources import Project
from moonlanding_assets.settings import read_settings
from moonlanding_assets_tests.real.command import environment

IMPORTED = """
import json, sys
import moonlanding_assets.definitions, moonlanding_assets.normalize.run
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def given(directory: Path, fields: str = "{}") -> tuple[Shard, Work]:
    """One document as a shard, and the work on it."""
    path, file = "friday/settings", directory / "source.parquet"
    row = {"path": path, "fields": fields, "sha256": "0" * 64}
    pq.write_table(pa.Table.from_pylist([row]), file)
    pickled = directory / "directory.pickle"
    pickled.write_bytes(pickle.dumps(Directory(snapshot_time="2026-02-05T12:00:00.000Z")))
    return (
        Shard(file=str(file), collection="friday/settings", row_group=0, documents=1, number=7),
        Work(directory=str(pickled), parts=str(directory / "parts"), whole_seconds=False),
    )


def test_nothing_of_spark_firestore_or_a_server_is_imported_unless_chosen() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED], env=environment(), capture_output=True, check=True
    )
    imported = json.loads(ended.stdout)
    assert "dagster" in imported
    assert {"pyspark", "py4j", "pandas"}.isdisjoint(imported)
    assert {"grpc", "aiohttp", "proto"}.isdisjoint(imported)  # half a second of every command


def test_settings_and_launchpad_say_the_same(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "MOONLANDING_DATA": str(tmp_path),
            "MOONLANDING_ENGINE": "spark",
            "MOONLANDING_SPARK_MASTER": "spark://127.0.0.1:7077",
            "MOONLANDING_SPARK_EXCHANGE": "gs://bucket/name",
            "PYSPARK_PYTHON": "/opt/python",
        }
    )
    assert settings.engine == "spark"
    assert settings.spark == Spark(
        master="spark://127.0.0.1:7077", exchange="gs://bucket/name", python="/opt/python"
    )
    assert Project.of(settings).settings() == settings


def test_the_engine_is_local_unless_chosen() -> None:
    assert read_settings({}).engine == "local"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MOONLANDING_ENGINE", "flink"),
        ("MOONLANDING_SPARK_EXCHANGE", "shared/relative"),
        ("MOONLANDING_SPARK_EXCHANGE", "ftp://host/name"),
        ("MOONLANDING_SPARK_EXCHANGE", "s3://key:secret@bucket/name"),
    ],
)
def test_words_that_are_not_understood_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: value})
    assert "secret" not in str(refused.value)


def test_the_missing_extra_is_named(tmp_path: Path) -> None:
    """This environment has no pyspark; a run refuses before it does anything."""
    if importlib.util.find_spec("pyspark") is not None:
        pytest.skip("this environment has the extra")
    with pytest.raises(EngineMissing, match=r"pyspark and pandas.*extra `spark`"):
        runner_of(2, Spark())


def test_a_missing_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark itself would end with a trace of its launcher; a run refuses before it begins."""
    monkeypatch.setattr(engine, "PACKAGES", ())  # as where the extra is installed
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineMissing, match=r"17 or newer; none is on the PATH: apt-get install"):
        require_spark()
    java = tmp_path / "home" / "bin" / "java"
    java.parent.mkdir(parents=True)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    with pytest.raises(EngineMissing, match=r"JAVA_HOME is \S+/home, which has no bin/java"):
        require_spark()
    java.touch(mode=0o700)
    require_spark()
    monkeypatch.delenv("JAVA_HOME")
    shutil.copy(java, tmp_path / "java")
    require_spark()


def test_a_worker_with_other_code_refuses(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="other code"):
        convert_shard(*given(tmp_path), "another digest")


def test_a_fault_of_a_worker_tells_no_value(tmp_path: Path) -> None:
    """Its message would hold what is in the document."""
    shard, work = given(tmp_path, fields='{"name": {"stringValue": "A Secret Person"')
    with pytest.raises(EngineFailed) as failed:
        convert_shard(shard, work, code_digest())
    assert "JSONDecodeError" in str(failed.value)
    assert "Secret" not in "".join(traceback.format_exception(failed.value))


def test_a_shard_converted_twice_leaves_the_same(tmp_path: Path) -> None:
    shard, work = given(tmp_path)
    first = convert_shard(shard, work, code_digest())
    file = Path(part(work.parts, "migration_documents", shard.number))
    before = file.read_bytes()
    assert convert_shard(shard, work, code_digest()).equals(first)
    assert file.read_bytes() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_what_goes_through_an_exchange_comes_back_and_leaves_nothing(tmp_path: Path) -> None:
    shard, work = given(tmp_path)
    place = tmp_path / "exchange"
    with exchanged([shard], work, str(place)) as ([sent], there):
        assert sent.file.startswith(str(place))
        assert address.parquet_at(sent.file).metadata.num_rows == 1
        convert_shard(sent, there, code_digest())
        assert not Path(work.parts).exists()
    assert pq.read_table(part(work.parts, "migration_documents", shard.number)).num_rows == 1
    assert list(place.iterdir()) == []


def test_an_exchange_is_cleared_after_a_failure(tmp_path: Path) -> None:
    shard, work = given(tmp_path)
    with (
        pytest.raises(EngineFailed),
        exchanged([shard], work, str(tmp_path / "exchange")) as ([sent], there),
    ):
        convert_shard(sent, there, "another digest")
    assert list((tmp_path / "exchange").iterdir()) == []
    assert not Path(work.parts).exists()


def test_addresses_keep_their_options() -> None:
    bucket = "s3://bucket/name?endpoint_override=127.0.0.1:9000&scheme=http"
    below = "s3://bucket/name/a/b?endpoint_override=127.0.0.1:9000&scheme=http"
    assert address.below(bucket, "a", "b") == below
    assert address.below("/mnt/what?", "a") == "/mnt/what?/a"
