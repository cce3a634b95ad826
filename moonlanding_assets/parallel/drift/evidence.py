"""What drift checks are worth as evidence of a change of state: figures, or nothing.

A check counts while it is young, and only of the very database and store that are there now. Holds
no bound of a requirement (state/states.py).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from moonlanding_assets.parallel.drift.record import ALL, Check, checks
from moonlanding_assets.parallel.drift.sides import NewSide, identity
from moonlanding_assets.settings import Layout

FRESH_SECONDS = 2 * 3600  # of the newest check: the one of everything comes each hour
SWEEP_SECONDS = 24 * 3600  # of those that count as orders


def drift_evidence(layout: Layout, *, now: datetime | None = None) -> dict[str, Any]:
    """drift, drift_compared and clean_sweep_orders; without a check that counts, nothing.

    drift: differences confirmed by the newest check. clean_sweep_orders: in how many different
    orders everything was compared since the last difference, and found equal.
    """
    moment = now or datetime.now(UTC)
    ours = list(_of_this_database(layout))
    if not ours or _age_seconds(ours[0], moment) > FRESH_SECONDS:
        return {}
    return {
        "drift": ours[0].confirmed,
        "drift_compared": ours[0].compared,
        "clean_sweep_orders": len(_clean_orders(ours, moment)),
    }


def _of_this_database(layout: Layout) -> Iterator[Check]:
    """The checks of the database that is there now, the newest first, up to the first other."""
    kept = checks(layout)
    try:
        with NewSide(layout.database("100%")) as new:
            mine = identity(new)
    except (sqlite3.DatabaseError, OSError):
        return
    for one in kept:
        if one.database != mine:
            return
        yield one


def _clean_orders(listed: Sequence[Check], moment: datetime) -> set[str]:
    """The orders of the whole checks since the last difference that found none."""
    orders: set[str] = set()
    for one in listed:
        if one.confirmed or _age_seconds(one, moment) > SWEEP_SECONDS:
            break
        if one.kind == ALL and one.compared:
            orders.add(one.order)
    return orders


def _age_seconds(check: Check, moment: datetime) -> float:
    return (moment - datetime.fromisoformat(check.at)).total_seconds()
