"""One walk from phase 3.4 to S11 by the commands of the runbook. Every person is called a canary.

Real: the emulators, the sync, the gateway and the soak's monitor as processes. Not real, and said
where it is done: ten thousand compared reads, half an hour, and the day of the soak.
"""

import json
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from moonlanding_assets.cutover.archive.file import find_archive
from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.soak.monitor import Means, Monitor, soak_service
from moonlanding_assets.cutover.soak.sample import WallClock
from moonlanding_assets.cutover.switch.opening import opened_parts
from moonlanding_assets.load.detaching import has_ledger
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.backward.echo import FIRST, echo_evidence
from moonlanding_assets.parallel.forward.resolving import open_conflicts
from moonlanding_assets.parallel.service.process import running_process
from moonlanding_assets.parallel.state.advancing import present_row
from moonlanding_assets.pipeline.p5_parallel import PARALLEL_ASSETS
from moonlanding_assets.pipeline.p6_cutover import READINESS, SWITCH_ASSETS
from moonlanding_assets.pipeline.p6_end import END, END_ASSETS
from moonlanding_assets.pipeline.p6_soak import DASHBOARD, SOAK_ASSETS
from moonlanding_assets.pipeline.parallel_checks import STATE
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.canaries import WORD, write_canaries
from moonlanding_assets_tests.emulator import FirestoreEmulator, running
from moonlanding_assets_tests.ending import watched_a_day
from moonlanding_assets_tests.real.command import moonlanding
from moonlanding_assets_tests.real.test_runbook import RUNBOOK, commands
from moonlanding_assets_tests.real.walk_kit import Walk, held, hurried, put_canary, put_shadow
from moonlanding_assets_tests.switch_firm import Firm, firm_ended, free_port
from moonlanding_assets_tests.sync_service_kit import Projects, until

pytestmark = pytest.mark.timeout(900)
ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
COMMAND = re.compile(r"`(moonlanding [^`]+)`")
HURRIED_HOURS = 1
#: what is there to hold documents: directories of data/, databases, members of an archive
HOLDING = ("snapshot", "demo")
DATABASES = ("app.db", "present.db", "old_side.db", "archive.zip")
HOLDING_OF_ARCHIVE = ("snapshot/", "moonlanding/")
#: some of what must have been searched
NAMED = (
    "report.json", "report.html", "soak.json", "soak.html", "soak.db", "control.db", "sync.log",
    "soak.log", "gateway.log", "sync.json", "signoffs.jsonl", "receipt.json", "revoked.json",
)  # fmt: skip


class HurriedClock(WallClock):
    """A minute for every sample, without waiting. What is called so is never evidence."""

    name = "hurried"

    def __init__(self) -> None:
        self.seconds = 0.0

    def elapsed(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += max(seconds, 0.0)


@dataclass
class Walked:
    """The firm that walks, and the words that its commands are typed with."""

    walk: Walk
    firm: Firm
    second: FirestoreEmulator

    @property
    def layout(self) -> Layout:
        return self.walk.layout

    def gateway(self, line: str, *, code: int = 0) -> str:
        """A command that speaks to the gateway, which listens on another port here."""
        return self.walk.page(line, "--gateway", self.firm.address, code=code)

    def started(self, line: str, *more: str) -> None:
        """A command that leaves a process behind, in a process of its own."""
        self.walk.typed.append(line)
        ended = moonlanding(self.layout.data, *line.split()[1:], *more, extra=self.environment)
        assert ended.returncode == 0, ended.stderr

    @property
    def environment(self) -> dict[str, str]:
        """What names the projects."""
        return self.firm.projects.environment()

    def ask(self, path: str) -> int:
        """The status of a read through the gateway."""
        try:
            with urllib.request.urlopen(f"{self.firm.address}/{path}", timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@pytest.fixture
def walked(
    emulator: FirestoreEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Walked]:
    """Two firms invented, written as exports and into the emulator; nothing migrated yet."""
    layout = Layout(data=tmp_path / "data")
    monkeypatch.setenv("MOONLANDING_DATA", str(layout.data))
    monkeypatch.chdir(tmp_path)
    write_canaries(layout.data / "demo")
    projects = Projects(emulator, "whole-walk")
    projects.fill(layout)
    for name, value in projects.environment().items():
        monkeypatch.setenv(name, value)
    with running(tmp_path / "second.txt") as second:
        words = {
            "A": str(layout.demo_export("friday")), "B": str(layout.demo_export("mwr")),
            "NAME": "Ann Example", "WHY": "invented firms", "HOST:PORT": second.address,
        }  # fmt: skip
        firm = Firm(layout, projects, port=free_port())
        yield Walked(Walk(layout, capsys, words), firm, second)
        soak_service(layout).stop(wait_seconds=30)
        firm_ended(firm)


def test_from_the_first_sample_to_the_end(walked: Walked) -> None:
    migrated(walked)
    to_s5(walked)
    there_and_back(walked)
    switched(walked)
    soaked(walked)
    left(walked)
    detached(walked)
    no_person_and_no_text_is_in_any_output(walked)
    every_command_of_the_tables_was_typed(walked.walk)


def migrated(walked: Walked) -> None:
    """Phases 3.4 to 3.7, each opened by what the runbook says."""
    walk = walked.walk
    walk.page("moonlanding snapshot --friday-export A --mwr-export B")
    walk.page("moonlanding run 3.4")
    walk.page("moonlanding run 3.5")
    assert "3.5" in walk("run", "3.6", code=3)
    walk.page("moonlanding approve 3.5 --by NAME")
    walk.page("moonlanding run 3.6")
    walk.page("moonlanding run 3.7")
    walk.page("moonlanding run all")
    assert "signed" in walk("parallel", "begin", "--by", "Ann Example", code=3)
    walk("approve", "3.7", "--by", "Ann Example")
    walk("parallel", "begin", "--by", "Ann Example")


def to_s5(walked: Walked) -> None:
    """The sync on a clock that runs ahead, then as a person starts it."""
    walk, layout = walked.walk, walked.layout
    process = hurried(layout)
    until(lambda: walk.state() == "S1", "S1")
    until(lambda: held(layout, "lag_held_seconds") >= 600, "ten minutes")
    walk("parallel", "advance", "S2")
    a_conflict_is_settled(walked)
    walk("drift", "--all")
    walk("drift", "--all")
    walk("parallel", "reverse-proof")
    walk("parallel", "advance", "S3")
    put_shadow(layout)
    walk("parallel", "advance", "S4", "--percent", "100")
    until(lambda: held(layout, "percent_held_seconds") >= 1800, "half an hour")
    put_canary(layout)
    walk("parallel", "advance", "S5")
    walk.page("moonlanding parallel stop")
    process.wait(60)
    walked.started("moonlanding parallel start")
    walked.firm.start_gateway()
    until(walked.firm.follows, "a sync that follows and listeners that told all")


def a_conflict_is_settled(walked: Walked) -> None:
    """Somebody writes into app.db while the old systems are the authority."""
    walk, layout = walked.walk, walked.layout
    database = layout.database("100%")
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        one = "(SELECT min(id) FROM client)"
        connection.execute(f"UPDATE client SET name = '{WORD}' WHERE id = {one}")
    until(lambda: open_conflicts(database), "the row is put back")
    assert "found 1" in walk.page("moonlanding parallel status")
    (line,) = walk.page("moonlanding parallel conflicts list").splitlines()
    number = re.findall(r"number (\d+)", line)[0]
    walk("parallel", "conflicts", "settle", number, "--by", "Ann", "--reason", "a slip of the hand")
    assert "no event" in walk.page("moonlanding parallel quarantine list")
    walk.page("moonlanding declare --suggest")


def there_and_back(walked: Walked) -> None:
    """What is typed around a switch that is not to stay."""
    walk = walked.walk
    with opened_parts(walked.firm.settings, gateway=walked.firm.address) as walked.firm.parts:
        walked.started("moonlanding soak start", "--gateway", walked.firm.address)
        walk.page("moonlanding soak arm --by NAME")
        walk.page("moonlanding soak disarm --by NAME")
        assert "MISSING" in walked.gateway("moonlanding cutover status")
        walk.page("moonlanding backup")
        walk("approve", "3.9", "--by", "Ann Example")
        shown_in_dagster(walked, READINESS)
        walk.page("moonlanding gateway fence-rules")
        walk.page("moonlanding cutover fence --by NAME --lift")
        assert "no freeze" in walked.gateway("moonlanding cutover abort", code=3)
        assert "nothing is under way" in walked.gateway("moonlanding cutover recover")
        walked.gateway("moonlanding cutover go --by NAME --yes")
        assert walked.firm.write(f"{WORD} in Moonlanding") == "NEW"
        back = "moonlanding cutover reverse --by NAME --reason WHY"
        walked.gateway(f"{back} --to S5 --yes")
        assert walked.firm.write(f"{WORD} in the old systems") == "OLD"


def switched(walked: Walked) -> None:
    """To stay; the first hundred changes are seen in the old systems."""
    walk, firm, layout = walked.walk, walked.firm, walked.layout
    firm.kill_gateway()  # it keeps what it counted itself
    put_canary(layout)
    firm.start_gateway()
    walk("approve", "3.9", "--by", "Ann Example")
    with opened_parts(firm.settings, gateway=firm.address) as firm.parts:
        walked.gateway("moonlanding cutover go --by NAME --yes")
        for number in range(FIRST):
            assert firm.write(f"{WORD} {number}") == "NEW"
            if number % 10 == 9:  # as people do, not all at once
                last = f"{WORD} {number}"
                until(lambda: firm.name_in("OLD") == last, "it in the old systems")  # noqa: B023
        more = 0
        while echo_evidence(layout)["echoed_writes"] < FIRST:
            more += 1
            firm.write(f"more {more}")
            until(lambda: firm.name_in("OLD") == f"more {more}", "it in the old systems")  # noqa: B023
    walk.page("moonlanding parallel advance S9")


def soaked(walked: Walked) -> None:
    """The verbs of the soak; a course on a hurried clock, which is no evidence; an invented day."""
    walk, layout = walked.walk, walked.layout
    walk.page("moonlanding soak status")
    walk.page("moonlanding soak report")
    walk.page("moonlanding drift --changed")
    assert "nothing to repair" in walk.page("moonlanding drift repair --all --by NAME", code=3)
    walk.page("moonlanding backup")
    walk.page("moonlanding soak stop")
    means = Means(gateway=walked.firm.address, clock=HurriedClock(), every_seconds=60.0)
    with closing(Monitor(layout, means, say=str)) as monitor:
        monitor.run(HURRIED_HOURS * 60)
    with reading(layout.parallel / "soak.db") as connection:
        query = "SELECT clock, count(*) FROM soak_sample GROUP BY clock"
        assert dict(connection.execute(query).fetchall())["hurried"] == HURRIED_HOURS * 60
    assert "24 h by the wall clock" in walk("approve", "3.10", "--by", "Ann", code=3)
    (layout.parallel / "soak.db").unlink()  # what nobody can wait for: a day laid on this clock
    watched_a_day(layout, epoch=present_row(layout).epoch)


def left(walked: Walked) -> None:
    """S10 and S11, once there and back until the seal."""
    walk, layout = walked.walk, walked.layout
    walk.page("moonlanding archive make --live --with-ledger --no-rules WHY")
    walk.page("moonlanding archive restore --emulator HOST:PORT")
    walk.page("moonlanding approve 3.10 --by NAME")
    assert "S9" in walk("archive", "seal", "--by", "Ann", code=3)
    walk.page("moonlanding cutover complete --by NAME")
    assert walk.state() == "S10"
    walk.page("moonlanding cutover complete --back --reason WHY --by NAME")
    assert walk.state() == "S9"
    walk.page("moonlanding cutover complete --by NAME")
    walk.page("moonlanding archive seal --by NAME")
    walk.page("moonlanding archive credentials")
    walk.page("moonlanding archive credentials --revoked --by NAME")
    walk.page("moonlanding cutover complete --by NAME")
    assert walk.state() == "S11"
    assert "parallel stop" in walk("status")
    walk.page("moonlanding parallel stop")
    walk.page("moonlanding soak stop")
    assert running_process(layout) is None
    walk.page("moonlanding report")
    shown = walk.page("moonlanding status")
    assert "nothing left to do" in shown
    assert "next:" not in shown
    content = json.loads(walk("status", "--json"))
    assert (content["left_to_do"], content["next_step"]) == ([], "")
    assert [one["verdict"] for one in content["live"]] == ["PASS"] * 3
    assert "app.db" in walk.page("moonlanding backups")
    shown_in_dagster(walked, STATE, DASHBOARD, END)


def shown_in_dagster(walked: Walked, *keys: dg.AssetKey) -> None:
    """What the UI would show of these assets counts as printed."""
    gateway = {"config": {"gateway": walked.firm.address}}
    ops = {"cutover__readiness": gateway} if READINESS in keys else {"soak__dashboard": gateway}
    result = dg.materialize(
        [*PARALLEL_ASSETS, *SWITCH_ASSETS, *SOAK_ASSETS, *END_ASSETS],
        selection=list(keys), run_config={"ops": ops},
        resources={"beside": walked.firm.settings, "soak_recipients": Recipients()},
    )  # fmt: skip
    assert {one.asset_key for one in result.get_asset_materialization_events()} == set(keys)
    walked.walk.said.append(repr([one.event_specific_data for one in result.all_events]))


def detached(walked: Walked) -> None:
    """The gateway answers until the ledger is taken out, and says so from then on."""
    walk, firm = walked.walk, walked.firm
    path = f"documents/{some_client(walked.layout)}"
    assert walked.ask(path) == 200
    walk.page("moonlanding archive detach-ledger --yes")
    assert not has_ledger(walked.layout.database("100%"))
    assert (walked.ask(path), walked.ask("healthz")) == (503, 503)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        firm.write(f"{WORD} too late")
    assert firm.gateway.poll() is None
    assert "nothing left to do" in walk("status")


def some_client(layout: Layout) -> str:
    """A document's path, while the ledger is there."""
    with reading(layout.database("100%")) as connection:
        query = (
            "SELECT min(path) FROM migration_documents "
            "WHERE collection = 'friday/clients' AND outcome = 'loaded'"
        )
        return str(connection.execute(query).fetchone()[0])


def no_person_and_no_text_is_in_any_output(walked: Walked) -> None:
    """Of all that was printed, and of every file that is not there to hold documents."""
    layout = walked.layout
    assert WORD not in "".join(walked.walk.said).lower()
    word = re.compile(WORD.encode(), re.IGNORECASE)
    assert word.search(layout.database("100%").read_bytes())  # it is in the data
    files = {str(one.relative_to(layout.data)): one for one in searched(layout.data)}
    assert set(NAMED) <= {name.rpartition("/")[2] for name in files}
    assert [name for name, file in files.items() if word.search(file.read_bytes())] == []
    with find_archive(layout, None).opened() as archive:
        told = [one for one in archive.namelist() if not one.startswith(HOLDING_OF_ARCHIVE)]
        assert {"manifest.json", "credentials-to-revoke.md"} <= set(told)
        assert [one for one in told if word.search(archive.read(one))] == []


def searched(data: Path) -> Iterator[Path]:
    """Every file but those that are there to hold documents."""
    for file in data.rglob("*"):
        parts = file.relative_to(data).parts
        holds = parts[0] in HOLDING or "source" in parts or "moonlanding" in parts
        is_database = file.name.startswith(DATABASES) and parts[0] != "dagster"
        if file.is_file() and not holds and not is_database and file.suffix != ".parquet":
            yield file


def every_command_of_the_tables_was_typed(walk: Walk) -> None:
    """Each is here or after a prompt of the page, which another test types."""
    typed = [*walk.typed, *commands(RUNBOOK)]
    named = [one for row in ROW.findall(RUNBOOK.read_text()) for one in COMMAND.findall(row)]
    begun = [one.removesuffix(" N") for one in named]  # the number of any phase
    missing = [one for one in begun if not any(line.startswith(one) for line in typed)]
    assert len(named) > 40
    assert missing == []
