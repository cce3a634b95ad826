"""What drift checks found, as it is kept: the last checks, and one file for each with everything.

A path or a field is shown without the e-mail address that may be in it. Holds no comparison; what
counts as evidence is evidence.py's.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.contract.suggest import printable
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.drift.confirm import Difference
from moonlanding_assets.settings import Layout

ALL, CHANGED = "all", "changed"
KEPT = 2_000  # checks: a day of one a minute, and more
SHOWN_PATHS = 100


@dataclass(frozen=True, kw_only=True)
class Check:
    """One drift check.

    order: name of the order of a whole check, "" of one of what changed. compared: documents on
    either side. differing: at first sight; confirmed: those that count; in_flight: equal, but
    changing. store, database: which store and file. event, change: where the logs of
    both sides ended before the check (Position). paths: the first confirmed, as shown.
    """

    number: int
    at: str
    kind: str
    order: str
    compared: int
    differing: int
    confirmed: int
    in_flight: int
    seconds: float
    store: str
    database: str
    event: int
    change: int
    paths: tuple[str, ...] = ()

    @property
    def documents_a_second(self) -> float:
        """Documents of either side, compared in a second."""
        return self.compared / self.seconds if self.seconds else 0.0


def drift_file(layout: Layout) -> Path:
    """The last checks, the newest first."""
    return layout.parallel / "drift.json"


def details_file(layout: Layout, number: int) -> Path:
    """Everything that a check found."""
    return layout.parallel / "drift" / f"{number:06d}.json"


def checks(layout: Layout) -> tuple[Check, ...]:
    """The last checks, the newest first; none where there is no file, or one that is none."""
    try:
        lines = orjson.loads(drift_file(layout).read_bytes())
        return tuple(Check(**{**one, "paths": tuple(one["paths"])}) for one in lines)
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError, KeyError):
        return ()


def keep(layout: Layout, check: Check, differences: Sequence[Difference]) -> Check:
    """Write both files, the details first; the check with its paths. What is too old goes.

    Under the lease of the checks.
    """
    first = tuple(shown(one.path) for one in differences[:SHOWN_PATHS])
    check = replace(check, paths=first)
    listed = [{**asdict(one), **_shown(one)} for one in differences]
    said = {**asdict(check), "differences": listed}
    put_in_place(details_file(layout, check.number), orjson.dumps(said, option=_TEXT))
    hidden = {one.path: shown(one.path) for one in differences if shown(one.path) != one.path}
    _keep_hidden(layout, check.number, hidden)
    kept = (check, *checks(layout))
    for old in kept[KEPT:]:
        details_file(layout, old.number).unlink(missing_ok=True)
        _hidden_file(layout, old.number).unlink(missing_ok=True)
    put_in_place(drift_file(layout), orjson.dumps([asdict(one) for one in kept[:KEPT]]))
    return check


def details(layout: Layout, number: int) -> dict[str, Any]:
    """Everything that a check found, paths as shown; {} where it is not kept any more."""
    try:
        found: dict[str, Any] = orjson.loads(details_file(layout, number).read_bytes())
    except FileNotFoundError:
        return {}
    return found


def real_paths(layout: Layout, number: int) -> list[str]:
    """The paths that a check found to differ, as they are."""
    listed = [one["path"] for one in details(layout, number).get("differences", ())]
    hidden = hidden_paths(layout, number)
    return [hidden.get(path, path) for path in listed]


def hidden_paths(layout: Layout, number: int) -> dict[str, str]:
    """Shown path → path, of those found by a check that are not shown as they are."""
    try:
        found: dict[str, str] = orjson.loads(_hidden_file(layout, number).read_bytes())
    except FileNotFoundError:
        return {}
    return found


def shown(text: str) -> str:
    """A path or a name on one line, an e-mail address in it only as its hash."""
    return "/".join(_part(part) for part in text.split("/"))


_TEXT = orjson.OPT_INDENT_2


def _part(part: str) -> str:
    if "@" not in part:
        return printable(part)
    return f"email#{hashlib.sha256(part.encode()).hexdigest()[:8]}"


def _shown(one: Difference) -> dict[str, Any]:
    return {"path": shown(one.path), "fields": [shown(name) for name in one.fields]}


def _hidden_file(layout: Layout, number: int) -> Path:
    return details_file(layout, number).with_suffix(".hidden.json")


def _keep_hidden(layout: Layout, number: int, hidden: dict[str, str]) -> None:
    if hidden:
        by_shown = {name: path for path, name in hidden.items()}
        put_in_place(_hidden_file(layout, number), orjson.dumps(by_shown))
