"""The soak judged: criteria planted and caught, gaps, restarts, counters, what is evidence."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from moonlanding_assets.cutover.soak.baseline import BEFORE, BEGINNING
from moonlanding_assets.cutover.soak.criteria import ABORT, ABORT_KEYS, BY_KEY, CRITERIA, tables
from moonlanding_assets.cutover.soak.judging import EARLY, Course, judged
from moonlanding_assets.cutover.soak.report import keep_report
from moonlanding_assets.cutover.soak.sample import WALL, Sample
from moonlanding_assets.cutover.soak.standing import lines, read_standing
from moonlanding_assets.cutover.soak.whole import Whole, soak_evidence, whole
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.soaking import (
    Change,
    Day,
    Gateway,
    SetClock,
    day,
    errors,
    figure,
    keep,
    slow,
    without,
)

PAGE = Path(__file__).parents[2] / "docs" / "soak.md"
TO_S9 = "S1 S2 S3 S4 S5 S6 S7 S8 S8 S9"


def come_of(samples: list[Sample]) -> Whole:
    return whole(judged(samples)[1])


def verdicts(result: Whole) -> dict[str, str]:
    return {key: str(line.verdict) for key, line in result.lines.items()}


def lag(world: Day) -> None:
    """A change waits, and nothing carries it."""
    world.figures["change_sequence"] = 11.0
    world.figures["change_waiting"] = 11.0


PLANTED: dict[str, Change] = {
    "errors": errors,
    "slow": slow,
    "slower": slow,
    "drift": figure("drift", 1),
    "lag": lag,
    "conflicts": figure("conflicts", 1),
    "integrity": figure("integrity_faults", 1),
    "foreign_keys": figure("foreign_key_faults", 1),
    "quarantine": figure("quarantined", 3),
    "disk": figure("disk_free_share", 0.19),
    "wal": figure("wal_bytes", 2**30 + 1),
    "backup": figure("backup_age_seconds", 3601),
}
COMES_ALONG = {"slow": {"slower", "p95"}, "slower": {"slow", "p95"}}


def test_a_good_day_passes_every_criterion_and_every_goal() -> None:
    result = come_of(day())
    assert set(verdicts(result).values()) == {"PASS"}
    assert (result.verdict, result.abort_criteria_met, result.samples_share) == ("PASS", 0, 1.0)
    assert result.hours >= 24
    assert result.samples == 24 * 60 + 1


@pytest.mark.parametrize("key", [one.key for one in ABORT])
def test_each_criterion_is_caught_when_it_is_planted(key: str) -> None:
    assert set(PLANTED) == ABORT_KEYS
    result = come_of(day(plant=PLANTED[key], hours=2, at_minute=60))
    found = {name for name, word in verdicts(result).items() if word == "FAIL"}
    assert found == {key, "critical_issues", *COMES_ALONG.get(key, set())}
    assert result.verdict == "FAIL"
    assert result.abort_criteria_met == len(found & ABORT_KEYS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("disk_free_share", 0.2), ("wal_bytes", 2**30), ("backup_age_seconds", 3600),
        ("quarantined", 2), ("quarantined", 1),
    ],
)  # fmt: skip
def test_a_figure_at_its_bound_is_not_too_much(name: str, value: float) -> None:
    assert come_of(day(plant=figure(name, value), hours=24.1)).verdict == "PASS"


def test_five_minutes_are_five_minutes() -> None:
    """A burst of one minute is diluted by the other four; a lag that ends in time is none."""
    few = come_of(day(plant=lambda world: setattr(world.gateway, "errors_a_minute", 3),
                      for_minutes=1, hours=12))  # fmt: skip
    assert few.lines["errors"].verdict == "PASS"
    assert few.lines["errors"].worst == pytest.approx(3 / 3000)
    assert come_of(day(plant=lag, for_minutes=4, hours=12)).lines["lag"].verdict == "PASS"
    assert come_of(day(plant=lag, for_minutes=8, hours=12)).lines["lag"].verdict == "FAIL"


def test_a_window_is_not_judged_before_it_is_over() -> None:
    world = Day()
    samples = world.calm()
    errors(world)
    samples += world.minutes(1)
    world.gateway.errors_a_minute = 0
    found = judged([*samples, *world.minutes(8)])[1]
    assert [one.readings["errors"].why for one in found[:5]] == [EARLY] * 5
    assert str(found[5].readings["errors"].verdict) == "FAIL"  # 6 of 3,000


def test_a_dead_stream_back_is_seen_from_outside() -> None:
    world = Day()
    course = Course()
    for sample in world.calm():
        course.add(sample)
    seen = []
    for sequence, waits in ((11, 11), (12, 11), (13, 11), (13, 13), (13, 0)):
        world.figures |= {"change_sequence": float(sequence), "change_waiting": float(waits)}
        one = course.add(next(world.minutes(1)))
        assert one is not None
        seen.append(one.point.figures["reverse_lag_seconds"])
    assert seen == [0, 60, 120, 60, 0]
    del world.figures["change_sequence"]  # no stream, no log
    one = course.add(next(world.minutes(1)))
    assert one is not None
    assert "reverse_lag_seconds" not in one.point.figures


@pytest.mark.parametrize("name", ["drift", "conflicts", "wal_bytes", "integrity_faults"])
def test_a_figure_that_is_not_measured_is_no_evidence(name: str) -> None:
    result = come_of(day(plant=without(name), for_minutes=10))
    found = {key for key, word in verdicts(result).items() if word == "NO_EVIDENCE"}
    assert BY_KEY[next(iter(found - {"critical_issues"}))].figure == name
    assert (result.verdict, result.abort_criteria_met) == ("NO_EVIDENCE", None)
    # one minute in a day is within the 99.5%
    assert come_of(day(plant=without(name), for_minutes=2)).verdict == "PASS"


def test_a_gateway_that_says_nothing_is_no_evidence() -> None:
    def away(world: Day) -> None:
        world.gateway.is_away = True

    world, samples = Day(), list[Sample]()
    samples += world.calm()
    samples += world.minutes(100)
    away(world)
    samples += world.minutes(20)
    found = judged(samples)[1][-1].readings
    assert {key for key in ("errors", "slow", "slower") if found[key].is_blind} == {
        "errors", "slow", "slower",
    }  # fmt: skip


def test_a_gap_in_the_samples_is_no_evidence_and_ages_away() -> None:
    world = Day()
    samples = [*world.calm(), *world.minutes(300)]
    world.clock.wait(600)  # nobody watched for ten minutes
    samples += world.minutes(1200)
    result = come_of(samples)
    assert result.samples_share == pytest.approx(1 - 10 / 1440, abs=1e-4)
    assert (result.longest_gap_seconds, result.verdict) == (660, "NO_EVIDENCE")
    samples += world.minutes(300)
    assert come_of(samples).verdict == "PASS"  # of the last 24 hours


def test_seven_missing_minutes_are_allowed_and_eight_are_not() -> None:
    for missing, word in ((7, "PASS"), (8, "NO_EVIDENCE")):
        world = Day()
        samples = [*world.calm(), *world.minutes(300)]
        world.clock.wait(60 * missing)
        result = come_of([*samples, *world.minutes(1440 - 301 - missing + 2)])
        assert result.verdict == word, missing


def test_more_samples_elsewhere_do_not_fill_a_gap() -> None:
    world = Day()
    samples = [*world.calm(), *world.minutes(6000, every=10)]
    world.clock.wait(900)
    result = come_of([*samples, *world.minutes(430)])
    assert result.samples_share < 0.99
    assert result.verdict == "NO_EVIDENCE"


def test_a_day_is_not_made_by_setting_the_clock() -> None:
    samples = day(hours=2)
    later = [
        replace(one, at=one.at.replace("2026-02-05", "2026-02-06")) for one in samples[60:]
    ]  # somebody set the clock forward by a day; the machine's own seconds went on
    assert come_of([*samples[:60], *later]).hours == pytest.approx(2, abs=0.05)


def test_a_restart_of_the_machine_is_a_gap_of_the_time_that_it_took() -> None:
    world = Day()
    samples = [*world.calm(), *world.minutes(100)]
    world.clock.boot = "boot-2"
    world.clock.wait(1200)
    world.gateway.restart()
    result = come_of([*samples, *world.minutes(100)])
    assert result.longest_gap_seconds == pytest.approx(1260)
    assert result.lines["errors"].verdict == "PASS"


def test_a_gateway_that_was_restarted_counts_from_nothing() -> None:
    world = Day()
    samples = [*world.calm(), *world.minutes(30)]
    world.gateway.restart()
    samples += world.minutes(30)
    world.gateway.total = 0  # the same process, so it says; its counters went back
    samples += world.minutes(30)
    answers = [one.answers for one in judged(samples)[1]]
    assert all(one is not None and one.count >= 0 and min(one.buckets) >= 0 for one in answers)
    assert come_of(samples).lines["errors"].verdict == "PASS"
    world.gateway.errors_a_minute = 6
    world.gateway.restart()
    assert come_of([*samples, *world.minutes(8)]).lines["errors"].verdict == "FAIL"


def test_a_gateway_that_counted_further_than_the_one_before_is_still_another_one() -> None:
    gateway = Gateway(total=100)
    before = gateway.counters()
    gateway.restart()
    gateway.total = 1000
    after = gateway.counters()
    assert before is not None
    assert after is not None
    assert sum(after.since(before).buckets) == 1000


def test_the_baseline_is_of_before_the_switch_or_of_the_beginning() -> None:
    samples = day(hours=2)
    course, found = judged(samples)
    assert (course.baseline.of, found[10].readings["slower"].verdict) == (BEFORE, "PASS")
    course, found = judged([one for one in samples if one.state == "S9"])
    assert course.baseline.of == BEGINNING
    assert str(found[10].readings["slower"].verdict) == "NO_EVIDENCE"
    assert str(found[40].readings["slower"].verdict) == "PASS"
    assert course.baseline.seconds == pytest.approx(0.02425, rel=0.01)


def test_goals_of_the_first_hour_need_a_switch_that_was_watched() -> None:
    def bad(minutes: int, seen: bool) -> dict[str, str]:
        world = Day()
        samples = world.calm()[0 if seen else -1 :]
        world.gateway.errors_a_minute = 1
        samples += world.minutes(minutes)
        world.gateway.errors_a_minute = 0
        return verdicts(come_of([*samples, *world.minutes(90)]))

    assert bad(0, True)["errors_1_hour"] == "PASS"
    assert bad(0, False)["errors_1_hour"] == "NO_EVIDENCE"
    found = bad(5, True)  # 5 of 36,000 and 5 of 3,000
    assert (found["errors_5_minutes"], found["errors_1_hour"]) == ("FAIL", "FAIL")
    assert (bad(1, True)["errors_5_minutes"], bad(1, True)["errors_1_hour"]) == ("PASS", "PASS")


def test_nothing_that_was_answered_is_no_evidence_of_good_answers() -> None:
    world = Day()
    samples = world.calm()
    world.gateway.a_minute = 0
    samples += world.minutes(1300)
    result = come_of(samples)
    assert verdicts(result)["errors"] == "NO_EVIDENCE"
    assert (result.verdict, result.abort_criteria_met) == ("NO_EVIDENCE", None)
    world.gateway.a_minute = 600  # a quiet night, then people come
    assert come_of([*samples, *world.minutes(142)]).verdict == "PASS"


def test_another_authority_begins_another_soak() -> None:
    world = Day()
    samples = [*world.calm(), *world.minutes(30)]
    world.figures["drift"] = 4.0
    samples += world.minutes(5)
    world.figures["drift"] = 0.0
    assert come_of(samples).verdict == "FAIL"
    world.state, world.epoch = "S5", 2  # it went back
    samples += world.minutes(31)
    assert judged(samples)[0].epoch == 1
    world.state, world.epoch = "S9", 3
    result = come_of([*samples, *world.minutes(60)])
    assert (result.lines["drift"].verdict, result.lines["drift"].failed) == ("PASS", 0)
    assert result.hours < 1


def as_wall(samples: list[Sample]) -> list[Sample]:
    return [replace(one, clock=WALL) for one in samples]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout(data=tmp_path)
    control_in(found.parallel, TO_S9, percent=100)
    return found


def clock_after(samples: list[Sample], seconds: float, name: str = WALL) -> SetClock:
    found = SetClock(name=name, boot=samples[-1].boot)
    found.seconds = samples[-1].elapsed - 1000 + seconds
    return found


def test_the_evidence_has_what_the_next_state_asks(layout: Layout) -> None:
    samples = as_wall(day())
    keep(layout, samples)
    found = soak_evidence(layout, clock=clock_after(samples, 5))
    assert found == {"soak_hours": pytest.approx(24.2, abs=0.05), "samples_share": 1.0,
                     "abort_criteria_met": 0, "soak_clock": "wall"}  # fmt: skip
    asked = [one for one in STATE["S9"].verified if one.key in found]
    assert len(asked) == 3
    assert all(one.is_met(found) for one in asked)


@pytest.mark.parametrize(
    "away", [lambda world: world.clock.wait(100), lambda world: setattr(world, "epoch", 3)]
)
def test_a_monitor_that_does_not_watch_this_now_is_no_evidence(
    layout: Layout, away: Callable[[Day], None]
) -> None:
    world = Day()
    samples = [*world.calm(), *world.minutes(10)]
    keep(layout, as_wall(samples))
    away(world)
    if world.epoch == 3:
        keep(layout, as_wall([*world.minutes(1)]))
    assert soak_evidence(layout, clock=replace(world.clock, name=WALL)) == {}
    assert soak_evidence(Layout(data=layout.data / "nowhere")) == {}


def test_what_has_no_evidence_is_left_out_and_what_was_met_is_not(layout: Layout) -> None:
    samples = as_wall(day(plant=without("drift"), hours=2, at_minute=30))
    keep(layout, samples)
    assert set(soak_evidence(layout, clock=clock_after(samples, 1))) == {
        "soak_hours", "samples_share", "soak_clock",
    }  # fmt: skip


def test_a_day_on_another_clock_is_shown_with_its_label_and_is_no_evidence(layout: Layout) -> None:
    samples = day()
    keep(layout, samples)
    clock = clock_after(samples, 5, name="fake")
    assert soak_evidence(layout, clock=clock) == {}
    assert soak_evidence(layout, clock=replace(clock, name=WALL)) == {}
    standing = read_standing(layout, clock_name="fake", clock=clock)
    assert (standing.whole.verdict, standing.as_json()["is_evidence"]) == ("PASS", False)
    said, page = keep_report(layout, clock_name="fake", clock=clock)
    assert (said.name, page.name) == ("soak-fake.json", "soak-fake.html")
    text = page.read_text()
    assert "not the real one" in text
    assert text.count("<svg") >= 8
    assert "http" not in text
    assert read_standing(layout, clock=clock).last is None


def test_the_screen_says_what_is_wrong(layout: Layout) -> None:
    samples = as_wall(day(plant=errors, hours=2, at_minute=100, for_minutes=25))[:-5]
    keep(layout, samples)
    text = "\n".join(lines(read_standing(layout, clock=clock_after(samples, 5))))
    assert "nobody watches" in text
    assert "! errors" in text
    assert "FAIL" in text
    assert "not armed" in text


def test_the_page_shows_the_tables_and_every_criterion_says_what_it_is() -> None:
    text = PAGE.read_text()
    assert all(line in text for line in tables() if line)
    assert len({one.key for one in CRITERIA}) == len(CRITERIA)
    for one in CRITERIA:
        bounds = (one.above, one.at_least, one.below)
        assert sum(bound is not None for bound in bounds) == 1
        assert one.is_beyond(float("nan"))
