"""One frozen Settings, read from the environment once, and where every file lives.

Holds no logic beyond paths. Nothing else in the package reads the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from moonlanding_assets.engine_settings import Engine, Spark, read_engine, read_spark
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.live_settings import Live, read_live

FRACTIONS = ("1%", "10%", "100%")
SYSTEMS = ("friday", "mwr")
SOURCES = ("export", "live")
SHARE = {"1%": 0.01, "10%": 0.10, "100%": 1.0}

TimestampStorage = Literal["iso8601", "unix_seconds"]
Source = Literal["export", "live"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where files live below the data directory; every path here is derived, none is configured."""

    data: Path

    def snapshot(self, system: str) -> Path:
        """The directory of one system's snapshot: manifest.json and a Parquet file a collection.

        "moonlanding": of the target as it was before the migration: manifest.json and app.db.
        """
        return self.data / "snapshot" / system

    @property
    def survey(self) -> Path:
        """What the sample plans of all fractions have to know of the snapshots' documents."""
        return self.data / "snapshot" / ".survey"

    def fraction(self, fraction: str) -> Path:
        """Everything that belongs to one fraction, except the database."""
        return self.data / "fraction" / fraction

    def plan(self, fraction: str) -> Path:
        """The directory of the sample plan: plan.parquet and census.json."""
        return self.fraction(fraction) / "plan"

    def source(self, fraction: str, collection: str) -> Path:
        """The Parquet file of one source collection, cut to the fraction."""
        return self.fraction(fraction) / "source" / f"{collection.replace('/', '__')}.parquet"

    def stage(self, fraction: str) -> Path:
        """The directory of the rows: one Parquet file a table."""
        return self.fraction(fraction) / "moonlanding"

    def report(self, fraction: str, name: str) -> Path:
        """The JSON report of one validator or verification."""
        return self.fraction(fraction) / "reports" / f"{name}.json"

    def database(self, fraction: str) -> Path:
        """The SQLite file: data/app.db for 100%, beside its fraction's files otherwise."""
        if fraction == "100%":
            return self.data / "app.db"
        return self.fraction(fraction) / "app.db"

    @property
    def backups(self) -> Path:
        """The directory of the backups: one directory each, with app.db and manifest.json."""
        return self.data / "backup"

    def phase(self, number: str) -> Path:
        """The directory of one phase: receipt.json, report.json, report.html and log."""
        return self.data / "phase" / number

    @property
    def parallel(self) -> Path:
        """The directory of parallel operation: the store, the state, what was measured last."""
        return self.data / "parallel"

    @property
    def control(self) -> Path:
        """The database of the state between the old systems and the new one."""
        return self.data / "parallel" / "control.db"

    @property
    def archives(self) -> Path:
        """The directory of the old systems' archives: one directory each, with archive.zip."""
        return self.data / "archive"

    @property
    def final(self) -> Path:
        """The directory of the final report over all phases."""
        return self.data / "final"

    @property
    def signoffs(self) -> Path:
        """The append-only log of who signed which phase on which evidence."""
        return self.data / "signoffs.jsonl"

    @property
    def migration(self) -> Path:
        """What a run holds the lease of: one run at a time works on a data directory."""
        return self.data / "migration"

    def demo_export(self, system: str) -> Path:
        """The managed export that the demo source writes."""
        return self.data / "demo" / system


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run needs to know. Fields left out of the environment have these defaults.

    `file_root`: a copy of the storage bucket, where stored paths are looked up; None: they are not.
    `target`: the production database that is migrated into; None: what is at data/app.db.
    `notify_url`, `notify_call` ("module:function"): who is told when a phase ends, "" nobody.
    `fence_directory`: the commands that fence Firestore, to be carried out; None: by a person.
    `is_live`: the snapshot is read from live Firestore, as `live` says, not from the exports.
    `engine`: what converts documents; `spark` says where, when it is spark.
    """

    data: Path
    friday_export: Path
    mwr_export: Path
    sample_seed: int = 20260205
    workers: int = 2
    timestamp_storage: TimestampStorage = "iso8601"
    file_root: Path | None = None
    target: Path | None = None
    is_live: bool = False
    live: Live = field(default_factory=Live)
    notify_url: str = ""
    notify_call: str = ""
    fence_directory: Path | None = None
    engine: Engine = "local"
    spark: Spark = field(default_factory=Spark)

    @property
    def layout(self) -> Layout:
        """Where the files of this run live."""
        return Layout(data=self.data)

    def export(self, system: str) -> Path:
        """The managed export directory of a system."""
        return self.friday_export if system == "friday" else self.mwr_export


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from MOONLANDING_* variables; raises SettingsError naming the variable."""
    env = os.environ if environment is None else environment
    data = Path(env.get("MOONLANDING_DATA", "data")).absolute()
    layout = Layout(data=data)
    storage = env.get("MOONLANDING_TIMESTAMP_STORAGE", "iso8601")
    if storage not in ("iso8601", "unix_seconds"):
        raise SettingsError(
            "MOONLANDING_TIMESTAMP_STORAGE must be iso8601 or unix_seconds, not another word"
        )
    return Settings(
        data=data,
        friday_export=_path(env, "MOONLANDING_FRIDAY_EXPORT", layout.demo_export("friday")),
        mwr_export=_path(env, "MOONLANDING_MWR_EXPORT", layout.demo_export("mwr")),
        sample_seed=_whole(env, "MOONLANDING_SAMPLE_SEED", 20260205),
        workers=_whole(env, "MOONLANDING_WORKERS", os.cpu_count() or 2),
        timestamp_storage="unix_seconds" if storage == "unix_seconds" else "iso8601",
        target=_path(env, "MOONLANDING_TARGET", data) if env.get("MOONLANDING_TARGET") else None,
        file_root=_directory(env, "MOONLANDING_FILE_ROOT"),
        is_live=_is_live(env),
        live=read_live(env),
        notify_url=env.get("MOONLANDING_NOTIFY_URL", ""),
        notify_call=env.get("MOONLANDING_NOTIFY_CALL", ""),
        fence_directory=_directory(env, "MOONLANDING_FENCE_DIR"),
        engine=read_engine(env),
        spark=read_spark(env),
    )


def _is_live(env: Mapping[str, str]) -> bool:
    source = env.get("MOONLANDING_SOURCE") or "export"
    if source not in SOURCES:
        raise SettingsError("MOONLANDING_SOURCE must be export or live, not another word")
    return source == "live"


def _path(env: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(env[name]).absolute() if env.get(name) else default


def _directory(env: Mapping[str, str], name: str) -> Path | None:
    if not env.get(name):
        return None
    directory = Path(env[name]).absolute()
    if not directory.is_dir():
        raise SettingsError(f"{name}: {directory} is no directory")
    return directory


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{name} must be a whole number, for example {default}")
    return int(text)
