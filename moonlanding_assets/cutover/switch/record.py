"""What a switch leaves: a numbered JSON file each, and the report of the newest for people.

data/phase/3.9/switches/NNNN-KIND.json, report.json and report.html. Counts, times, names of steps
and states; no value of a document. Holds no measuring.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from moonlanding_assets.cutover.live_phases import SWITCH
from moonlanding_assets.cutover.switch.prechecks import Precheck
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

SCHEMA_VERSION = 1
PASSED, ABORTED, FAILED = "PASS", "ABORTED", "FAIL"
Kind = Literal["go", "reverse", "rehearse"]


@dataclass(frozen=True, kw_only=True)
class SwitchRecord:
    """One switch, rehearsal or reverse switch.

    verdict: PASS, ABORTED (nothing moved) or FAIL (it has to be brought to an end: recover).
    seconds: of each step done. hold_seconds: the gate was closed; None where that is not known.
    figures: what figures.py measured, by name; one that could not be had is left out.
    """

    kind: Kind
    verdict: str
    said: str
    by: str
    began_at: str
    ended_at: str
    from_state: str
    from_epoch: int
    to_state: str
    epoch: int
    prechecks: tuple[Precheck, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    hold_seconds: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    phase: str = SWITCH.number
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> bytes:
        """Indented JSON."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(dataclasses.asdict(self), option=options)

    @classmethod
    def from_json(cls, text: bytes) -> "SwitchRecord":
        """The record of that text; raises ValueError of another version."""
        content = orjson.loads(text)
        if content.get("schema_version") != SCHEMA_VERSION:
            raise ValueError("another version")
        prechecks = tuple(Precheck(**one) for one in content.pop("prechecks"))
        return cls(**content, prechecks=prechecks)


def directory_of(layout: Layout) -> Path:
    """Where the records are."""
    return layout.phase(SWITCH.number) / "switches"


def keep_record(layout: Layout, record: SwitchRecord) -> SwitchRecord:
    """Give it the next number and write it; the record as kept."""
    directory = directory_of(layout)
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    numbers = [int(one.name[:4]) for one in directory.glob("[0-9]*.json")]
    kept = dataclasses.replace(record, number=max(numbers, default=0) + 1)
    put_in_place(directory / f"{kept.number:04d}-{kept.kind}.json", kept.to_json())
    return kept


def read_records(layout: Layout) -> tuple[SwitchRecord, ...]:
    """Every record that can be read, the oldest first."""
    found = []
    for file in sorted(directory_of(layout).glob("[0-9]*.json")):
        try:
            found.append(SwitchRecord.from_json(file.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return tuple(found)
