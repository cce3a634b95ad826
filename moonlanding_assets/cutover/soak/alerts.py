"""Shouting: once when a criterion is met, once when it ends, once when nobody can see any more.

What is due is decided from the verdicts, written down with the sample that decided it, and sent
until it was delivered. Holds no judging. No value of a document is in a notice.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from moonlanding_assets.cutover.notice import Notice, Recipients, send
from moonlanding_assets.cutover.soak.criteria import ABORT_KEYS, BY_KEY
from moonlanding_assets.cutover.soak.judging import Reading
from moonlanding_assets.cutover.soak.store import SoakStore
from moonlanding_assets.validate.validator import Verdict

PHASE, TITLE = "3.10", "Soak"
WAY_BACK = "moonlanding cutover reverse"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What this sample changed, by criterion; told: what is told once that is said."""

    met: tuple[str, ...]
    ended: tuple[str, ...]
    blind: tuple[str, ...]
    seen_again: tuple[str, ...]

    @property
    def told(self) -> Mapping[str, Verdict]:
        """Criterion → the verdict that everybody knows from now on."""
        known = dict.fromkeys(self.met, Verdict.FAIL) | dict.fromkeys(
            self.blind, Verdict.NO_EVIDENCE
        )
        return known | dict.fromkeys((*self.ended, *self.seen_again), Verdict.PASS)

    @property
    def is_worth_telling(self) -> bool:
        """Whether anybody must know; a first PASS is no news."""
        return bool(self.met or self.ended or self.blind or self.seen_again)


def changes(told: Mapping[str, str], readings: Mapping[str, Reading]) -> Changes:
    """Against what was told before. A criterion that is met stays so until a PASS ends it."""
    found: dict[str, list[str]] = {"met": [], "ended": [], "blind": [], "seen_again": []}
    for key, reading in readings.items():
        before = told.get(key, Verdict.PASS)
        if reading.verdict == Verdict.FAIL and before != Verdict.FAIL:
            found["met"].append(key)
        elif reading.is_blind and before == Verdict.PASS and key in told:
            found["blind"].append(key)
        elif reading.verdict == Verdict.PASS and before == Verdict.FAIL:
            found["ended"].append(key)
        elif reading.verdict == Verdict.PASS and before == Verdict.NO_EVIDENCE:
            found["seen_again"].append(key)
    return Changes(**{name: tuple(keys) for name, keys in found.items()})


def first_passes(told: Mapping[str, str], readings: Mapping[str, Reading]) -> dict[str, str]:
    """Criteria that had evidence for the first time: from now on losing it is news."""
    return {
        key: Verdict.PASS
        for key, one in readings.items()
        if one.verdict == Verdict.PASS and key not in told
    }


def notice(new: Changes, readings: Mapping[str, Reading], *, at: str, report: Path) -> Notice:
    """One notice for everything that a sample changed."""
    worst = Verdict.FAIL if new.met else Verdict.NO_EVIDENCE if new.blind else Verdict.PASS
    parts = [
        *(f"met: {said(key, readings[key])}" for key in new.met),
        *(f"cannot be measured: {BY_KEY[key].says}" for key in new.blind),
        *(f"over: {said(key, readings[key])}" for key in new.ended),
        *(f"measured again: {said(key, readings[key])}" for key in new.seen_again),
    ]
    if ABORT_KEYS & set(new.met):
        parts.append(f"proposed: {WAY_BACK}")
    keys = (*new.met, *new.blind, *new.ended, *new.seen_again)
    return Notice(
        phase=PHASE,
        title=TITLE,
        verdict=worst,
        evidence="",
        run_id=at,
        report=str(report),
        step=", ".join(keys),
        cause="; ".join(parts),
    )


def said(key: str, reading: Reading) -> str:
    """A criterion with its figure and its bound, in words."""
    one = BY_KEY[key]
    figure = "none" if reading.figure is None else f"{reading.figure:.6g}"
    return f"{one.says}: {figure} (too much: {one.bound})"


def owed(one: Notice, recipients: Recipients) -> list[tuple[str, dict[str, str]]]:
    """The notice, once for each recipient, as it is written down until it was delivered."""
    wanted = {"url": recipients.url, "call": recipients.call}
    return [(name, asdict(one)) for name, where in wanted.items() if where]


def deliver(store: SoakStore, recipients: Recipients) -> tuple[str, ...]:
    """Send what is owed, to each recipient in order until one does not take it; what went wrong."""
    trouble: dict[str, tuple[str, ...]] = {}
    for one in store.owed():
        if one.recipient in trouble:
            continue
        where = (
            Recipients(url=recipients.url)
            if one.recipient == "url"
            else Recipients(call=recipients.call)
        )
        failed = send(Notice(**one.notice), where)
        if failed:
            trouble[one.recipient] = failed
        else:
            store.delivered(one)
    return tuple(line for lines in trouble.values() for line in lines)
