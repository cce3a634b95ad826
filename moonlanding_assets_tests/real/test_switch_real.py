"""The switch and the ways back, all real: the emulator, the sync's process and the gateway's.

What is counted is asserted, what depends on the machine's speed is not: a rehearsal at full rate is
`python -m moonlanding_assets_tests.measure_switch`.
"""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonlanding_assets.cutover.receipt import PASSED, Receipt, write_receipt
from moonlanding_assets.cutover.switch.direct_fence import lift, note_by_hand
from moonlanding_assets.cutover.switch.record import read_records
from moonlanding_assets.errors import SwitchAborted
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.parallel.gateway.canary import Canary
from moonlanding_assets.parallel.gateway.documents import Write
from moonlanding_assets.parallel.gateway.evidence import CANARY_FILE
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.value import Fields
from moonlanding_assets.validate.twelve import TWELVE
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.evidence_of_change import good
from moonlanding_assets_tests.kept_documents import walk
from moonlanding_assets_tests.measure_switch import rehearse
from moonlanding_assets_tests.real.command import moonlanding
from moonlanding_assets_tests.switch_firm import Firm, running_firm
from moonlanding_assets_tests.switch_kills import (
    VICTIMS,
    WAYS,
    Victim,
    Way,
    kill_at,
    kill_controller,
)
from moonlanding_assets_tests.sync_service_kit import (
    Projects,
    assert_rows_are_right,
    copied,
    make_data,
    run,
    until,
)

pytestmark = pytest.mark.timeout(900)
PAGE = Path(__file__).parents[2] / "docs" / "cutover.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FEW_SWITCHES, FEW_A_SECOND = 3, 30.0
#: after step 3 the fence is up, after step 8 the journal is written. All of them, with their times:
#: `python -m moonlanding_assets_tests.switch_kills`
KILLS: tuple[tuple[Victim, Way, int], ...] = (
    *((victim, way, step) for victim in VICTIMS[:2] for way in WAYS for step in (3, 8)),
    ("sync", "go", 8), ("sync", "reverse", 3),
)  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """In S5, begun on a receipt of phase 3.7."""
    layout = make_data(tmp_path_factory.mktemp("switch") / "data")
    layout.control.unlink()
    receipt = Receipt(
        phase="3.7", fraction="100%", verdict=PASSED, snapshots={}, database_sha256="",
        logical_digest=logical_digest(layout.database("100%")), reports={},
        checks={one.name: PASSED for one in TWELVE}, backups=(), rollback_seconds=None,
        rests_on={}, signature="", made_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    write_receipt(layout, receipt)
    control = Control(layout.control)
    control.begin(evidence={**good("", "S0"), "receipt": receipt.evidence}, by="a test")
    walk(control, "S1 S2 S3 S4 S5")
    stay = next(one.number for one in control.history() if one.state == "S4")
    (layout.parallel / CANARY_FILE).write_text(json.dumps(canary_of(stay)))
    return layout


@pytest.fixture(scope="module")
def firm(
    base: Layout, tmp_path_factory: pytest.TempPathFactory, emulator: FirestoreEmulator
) -> Iterator[Firm]:
    """One for all tests; each leaves it in S5."""
    layout = copied(base, tmp_path_factory.mktemp("firm") / "data")
    with running_firm(layout, Projects(emulator, "switch")) as running:
        yield running


def cutover(firm: Firm, *words: str) -> str:
    ended = firm.cutover(*words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def typed(firm: Firm, words: list[str]) -> "subprocess.CompletedProcess[str]":
    """A command of the page, before this gateway."""
    assert words[0] == "moonlanding"
    more = ("--gateway", firm.address) if words[1] == "cutover" else ()
    extra = firm.projects.environment()
    return moonlanding(firm.layout.data, *words[1:], *more, extra=extra)


def test_every_command_of_the_page_in_its_order(firm: Firm) -> None:
    """From what is missing to the way back."""
    missing = json.loads(cutover(firm, "status", "--json"))
    lacks = {one["name"]: one["command"] for one in missing["prechecks"] if not one["is_met"]}
    assert lacks["backup_age_seconds"] == "moonlanding backup"
    assert lacks["is_signed"] == "moonlanding approve 3.9 --by NAME"
    assert "verification" not in lacks
    refused = firm.cutover("go", "--by", "Ann", "--yes")
    assert refused.returncode == 3
    assert "`moonlanding backup`" in refused.stderr
    writers = {"rehearse": "OLD", "go": "NEW", "reverse": "OLD"}
    for block in BLOCK.findall(PAGE.read_text()):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "))
            done = typed(firm, words)
            assert done.returncode == 0, (line, done.stderr)
            if words[1] == "cutover" and words[2] in writers:
                assert "waiting until what is written now is on the other side" in done.stderr
                assert firm.write(f"after {words[2]}") == writers[words[2]]
    assert "nothing is under way" in done.stdout
    until(lambda: firm.name_in("NEW") == "after reverse", "the write in Moonlanding, again")
    rehearsed, gone, back = read_records(firm.layout)
    assert (rehearsed.to_state, gone.to_state, back.to_state) == ("S5", "S8", "S5")
    assert (gone.epoch, back.epoch) == (1, 2)
    expected = {
        "acknowledged_writes_lost": 0, "documents_that_differ": 0, "late_writes": 0,
        "answers_5xx": 0, "gateway_restarts": 0, "writes_refused": 0,
    }  # fmt: skip
    for one in (gone, back):
        assert one.verdict == "PASS"
        assert expected.items() <= one.figures.items()
    assert firm.cutover("abort").returncode == 3


def test_switches_under_load_lose_nothing(firm: Firm) -> None:
    found = rehearse(firm, switches=FEW_SWITCHES + 1, rate=FEW_A_SECOND)
    assert found["switches"] == FEW_SWITCHES + 1, found["aborted_because"]
    for name in (
        "resets", "late_writes", "acknowledged_writes_lost", "writes_done_on_both_sides",
        "last_values_that_differ", "documents_that_differ", "conflicts",
    ):  # fmt: skip
        assert found[name] == 0, (name, found)
    # on a slow machine writes are held for longer than they may wait: 503, and tried again
    assert found["statuses"].keys() <= {"200", "503"}
    assert found["writes_acknowledged"] > FEW_SWITCHES


def test_an_abort_by_command_leaves_the_old_side_writable(firm: Firm) -> None:
    """After a controller that was killed; the row, the fence and the gate are as before."""
    kill_controller(firm, "go", 5)
    shown = cutover(firm, "status")
    assert "A SWITCH IS UNDER WAY: step 6 of 13, verify" in shown
    assert "done by: nobody: the process is gone" in shown
    assert firm.cutover("go", "--by", "Ann", "--yes").returncode == 3
    note_by_hand(firm.layout, by="Ann")
    aborted = firm.cutover("abort", "--by", "Ann")
    assert "OLD takes writes, proved by a canary write" in aborted.stdout
    assert "`moonlanding cutover fence --by NAME --lift`" in aborted.stderr
    lift(firm.settings)
    assert firm.cutover("recover").stderr == ""
    assert firm.write("after an abort") == "OLD"
    last = firm.control.history()[-1]
    assert (last.kind, last.state, last.evidence) == ("back", "S5", {"canary_write_accepted": True})


def test_somebody_who_writes_past_the_fence_ends_the_switch(firm: Firm) -> None:
    """Straight into Firestore, after the fence: the newest update time does not stand still."""
    parts = firm.parts
    switch = firm.switch()

    def tell(step: str) -> None:
        if step == "position":
            newest = parts.fences.newest_us("OLD")
            past_the_fence(firm, {"name": {"stringValue": "past the fence"}})
            until(lambda: parts.fences.newest_us("OLD") != newest, "the sync that heard of it")

    switch.tell = tell
    with pytest.raises(
        SwitchAborted, match=r"was written to although it is fenced|documents differ"
    ):
        switch.go(evidence=good("S5", "S6"))
    row = firm.control.row()
    assert row is not None
    assert row.state == "S5"
    assert firm.write("again") == "OLD"
    until(lambda: firm.name_in("NEW") == "again", "the write in Moonlanding")


@pytest.mark.parametrize(("victim", "way", "step"), KILLS)
def test_whoever_is_killed_it_comes_to_an_end(
    firm: Firm, victim: Victim, way: Way, step: int
) -> None:
    found = kill_at(firm, victim, way, step)
    if victim == "controller":
        assert found.moved == (step >= 8)


def test_in_the_end_the_rows_are_what_a_migration_would_make(firm: Firm) -> None:
    row = firm.control.row()
    assert row is not None
    if row.state == "S8":
        firm.reverse()
    until(firm.follows, "a sync that follows")
    assert firm.write("last") == "OLD"
    until(lambda: firm.name_in("NEW") == "last", "the write in Moonlanding")
    assert firm.parts.streams.conflicts() == 0
    assert run(firm.layout, firm.projects, "stop").returncode == 0
    assert_rows_are_right(firm.layout)


def past_the_fence(firm: Firm, fields: Fields) -> None:
    """As a web application writes."""
    old = firm.fences.sides["OLD"]
    assert isinstance(old, FirestoreDocuments)
    old._commit(Write(path=firm.path, fields=fields, key="past"))


def canary_of(stay: int) -> dict[str, object]:
    """What a gateway keeps once both sides answered as quickly, often enough."""
    canary = Canary()
    canary.is_counting = True
    for side in canary.sides:
        for _ in range(500):
            canary.note(side, seconds=0.01, is_error=False)
    sides = {side: one.described() for side, one in canary.sides.items()}
    return {"stay": stay, "sides": sides}
