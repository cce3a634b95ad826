"""A production database migrated into as docs/existing-target.md says; harm done to copies of it.

Holds no expectation beyond exit codes: those are in test_production_target.py.
"""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.p3_load import DATABASE
from moonlanding_assets.pipeline.p3_plan import PLAN_ASSET
from moonlanding_assets.pipeline.run import run_job
from moonlanding_assets.pipeline.stages import LoggedStages
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import Layout, read_settings
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets_tests.production import Meeting, production_for
from moonlanding_assets_tests.real.command import moonlanding

PAGE = Path(__file__).parents[2] / "docs" / "existing-target.md"
LOAD = dg.Definitions(
    assets=DEFINITIONS.assets,
    jobs=[
        dg.define_asset_job("load", dg.AssetSelection.assets(DATABASE).without_checks()),
        dg.define_asset_job(
            "plan_and_load", dg.AssetSelection.assets(PLAN_ASSET, DATABASE).without_checks()
        ),
    ],
    resources=DEFINITIONS.resources,
    executor=DEFINITIONS.executor,
)


@dataclass(frozen=True)
class Whole:
    """The data directory after phase 3.6; what was there before, the digest of the plan for 1%.

    said: what each command of the page printed.
    """

    layout: Layout
    production: Path
    meeting: Meeting
    plan: str
    said: dict[str, str]


def done(data: Path, *arguments: str, code: int = 0) -> str:
    ended = moonlanding(data, *arguments)
    assert ended.returncode == code, (arguments, ended.stderr)
    return ended.stdout if code == 0 else ended.stderr


def written(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def go_the_documented_way(directory: Path) -> Whole:
    """Production at data/app.db, then every step as a person takes it."""
    data = directory / "data"
    layout = Layout(data=data)
    write_demo(data / "demo", scale=scale_of("400"), seed=1, progress=Silent())
    meeting = production_for(layout, data / "app.db")
    with closing(sqlite3.connect(data / "app.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    production = Path(shutil.copy(data / "app.db", data.parent / "production.db"))
    words = {"NAME": "A Tester"}
    said = {}
    for command in documented(0):
        if command == "run 3.6":
            assert (data / "app.db").read_bytes() == production.read_bytes()
        said[command] = done(data, *(words.get(word, word) for word in command.split()))
        if command == "plan 1%":
            words["DIGEST"] = said[command].split()[-1]
    return Whole(layout, production, meeting, words["DIGEST"], said)


def documented(block: int) -> list[str]:
    """The commands of one block of docs/existing-target.md, without their first word."""
    found = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)[block]
    return [line.removeprefix("moonlanding ") for line in found.splitlines()]


def loading(data: Path, fraction: str, *, job: str = "load", **tags: str) -> str:
    """Only the load, as a person materializes it in the UI; what refused it."""
    settings = read_settings({"MOONLANDING_DATA": str(data)})
    with open_instance(settings) as instance:
        outcome = run_job(
            LOAD.resolve_job_def(job.replace(" ", "_")), settings, stages=LoggedStages(),
            instance=instance, fraction=fraction, tags=tags,
        )  # fmt: skip
    assert outcome.failure is not None
    return outcome.failure.message


def copied(whole: Whole, tmp_path: Path) -> Layout:
    """Everything again in another directory, where a test may do harm."""
    return Layout(data=Path(shutil.copytree(whole.layout.data, tmp_path / "data")))


def judged(
    whole: Whole, tmp_path: Path, harm: Callable[[Path], None], *names: str
) -> dict[str, Report]:
    """The reports on a copy of the 1% that somebody has harmed; of all validators, or of some."""
    layout = Layout(data=tmp_path / "data")
    for part in ("snapshot", "fraction/1%"):
        shutil.copytree(whole.layout.data / part, layout.data / part)
    harm(layout.data)
    evidence = Evidence(layout, "1%")
    try:
        return {
            one.name: run(one, evidence) for one in VALIDATORS if one.name in names or not names
        }
    finally:
        evidence.close()
