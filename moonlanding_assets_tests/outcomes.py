"""What a transform does with one value, in a form that a table of cases can show.

Holds no case. A row of a table is (value, expected); `refused("code")` stands for a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import Combination
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value


@dataclass(frozen=True)
class Refused:
    """A refusal, with its reason code."""

    reason: str


Row = tuple[Transform, Value, SqlValue | Refused]


def refused(reason: str) -> Refused:
    """The expectation that the transform refuses the value for that reason."""
    return Refused(reason)


def outcome(transform: Transform, value: Value) -> SqlValue | Refused:
    """The column value, or the refusal."""
    try:
        return transform.forward(value)
    except RejectedValue as refusal:
        return Refused(refusal.reason)


def combined(combination: Combination, fields: tuple[Value | None, ...]) -> SqlValue | Refused:
    """What several fields make together, or the refusal with the exact reason."""
    try:
        return combination.forward(fields)
    except RejectedValue as refusal:
        return Refused(refusal.reason)


def given_back(transform: Transform, sql: SqlValue) -> Value | Refused | None:
    """What the inverse gives back, or its refusal with the exact reason."""
    try:
        return transform.inverse(sql)
    except RejectedValue as refusal:
        return Refused(refusal.reason)


def assert_same(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    """Fail unless the outcome is the expected one, in value, kind and sign."""
    assert repr(outcome(transform, value)) == repr(expected)


def cases(rows: Sequence[Row]) -> pytest.MarkDecorator:
    """The rows as parameters, each named after its transform and place in the table."""
    names = [f"{transform.name}-{index}" for index, (transform, _, _) in enumerate(rows)]
    return pytest.mark.parametrize(("transform", "value", "expected"), rows, ids=names)
