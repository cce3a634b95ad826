"""Phase 3.9 in Dagster: its assets look, sign and switch by the same gates as the command."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from moonlanding_assets.cutover.switch import running
from moonlanding_assets.cutover.switch.page import FIGURES, page
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.prechecks import Prechecks
from moonlanding_assets.cutover.switch.record import SwitchRecord, read_records
from moonlanding_assets.cutover.switch.signing import is_signed
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline import p6_cutover
from moonlanding_assets.pipeline.p6_cutover import cutover_readiness, phase_switch, switch_signed
from moonlanding_assets.pipeline.resources import Beside
from moonlanding_assets.settings import Settings, read_settings
from moonlanding_assets_tests.evidence_of_change import good
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.switching import World


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = dataclasses.replace(read_settings({}), data=tmp_path / "data")
    made.layout.parallel.mkdir(parents=True)
    return made


@pytest.fixture
def world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    """In S5; its parts are those that the assets open."""
    made = World(control_in(settings.layout.parallel, "S1 S2 S3 S4 S5"))

    @contextmanager
    def opened(settings: Settings, *, gateway: str) -> Iterator[Parts]:
        assert gateway == "http://127.0.0.1:8480"
        yield made.parts()

    monkeypatch.setattr(p6_cutover, "opened_parts", opened)
    return made


def materialized(settings: Settings, asset: dg.AssetsDefinition, **config: str) -> Any:
    name = asset.op.name
    return dg.materialize(
        [asset],
        resources={"beside": Beside.of(settings)},
        run_config={"ops": {name: {"config": config}}} if config else None,
        raise_on_error=False,
    )


def test_readiness_lists_what_is_missing_and_moves_nothing(
    settings: Settings, world: World
) -> None:
    done = materialized(settings, cutover_readiness)
    assert done.success
    (check,) = done.get_asset_check_evaluations()
    assert not check.passed
    assert "the backup is younger than 15 min" in check.description
    assert world.row.state == "S5"
    assert world.is_gate_open


def test_the_phase_does_not_switch_before_its_gate_is_open(
    settings: Settings, world: World
) -> None:
    done = materialized(settings, phase_switch, by="Ann")
    assert not done.success
    assert world.row.state == "S5"
    assert read_records(settings.layout) == ()


def test_the_phase_switches_and_leaves_its_report(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert materialized(settings, switch_signed, by="Ann").success
    assert is_signed(settings.layout)

    def passed(layout: object, parts: object, *, way: str, **given: object) -> Prechecks:
        return Prechecks(way=way, listed=(), evidence=good("S5", "S6"))

    monkeypatch.setattr(running, "look", passed)
    done = materialized(settings, phase_switch, by="Ann")
    assert done.success
    assert world.row.state == "S8"
    (found,) = done.asset_materializations_for_node(phase_switch.op.name)
    assert found.metadata["state"].value == "S5 -> S8"
    assert found.metadata["late_writes"].value == 0
    report = settings.layout.phase("3.9")
    assert SwitchRecord.from_json((report / "report.json").read_bytes()).by == "Ann"
    assert "13 of 13" in (report / "report.html").read_text()


def test_the_page_says_what_was_not_measured_and_what_broke_its_bound(
    settings: Settings, world: World
) -> None:
    assert "Nothing was switched" in page(())
    record = SwitchRecord(
        kind="go", verdict="PASS", said="S8 <in> epoch 1", by="A & B", number=1,
        began_at="2026-01-01T00:00:00Z", ended_at="2026-01-01T00:00:01Z", from_state="S5",
        from_epoch=0, to_state="S8", epoch=1, prechecks=(), seconds={"fence": 0.5},
        hold_seconds=0.5, figures={"late_writes": 1, "hold_max_seconds": 0.4},
    )  # fmt: skip
    text = page((record,))
    assert "S8 &lt;in&gt; epoch 1" in text
    assert "A &amp; B" in text
    late = text.partition(FIGURES["late_writes"][0])[2].partition("</tr>")[0]
    assert "FAIL" in late
    held = text.partition(FIGURES["hold_max_seconds"][0])[2].partition("</tr>")[0]
    assert "PASS" in held
    assert text.count("not measured") == len(FIGURES) - 2


def test_its_job_is_the_phase_alone_and_begins_only_by_hand() -> None:
    jobs = {job.name for job in DEFINITIONS.jobs or ()}
    assert {"phase_3_9", "look_at_switch"} <= jobs
    scheduled = {one.job_name for one in DEFINITIONS.schedules or ()}
    assert not scheduled & {"phase_3_9", "look_at_switch"}
