"""What is told about an inverse without making it is what the comparison itself says."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.transform import Transform
from moonlanding_assets.mapping.transforms import TRANSFORMS
from moonlanding_assets.normalize.exact import never, shortcut
from moonlanding_assets.normalize.give_back import same
from moonlanding_assets.source import value as rest
from moonlanding_assets.source.value import Value
from moonlanding_assets_tests.bad_values import TEXTS, TIMES
from moonlanding_assets_tests.properties.test_transform_laws import ANY_VALUE
from moonlanding_assets_tests.strategies import timestamps

SHORT = [one for one in TRANSFORMS if shortcut(one) is not never and not one.one_way]


def _told(transform: Transform, value: Value) -> bool:
    """Whether the shortcut says that the value is given back; it never says so wrongly."""
    try:
        made = transform.forward(value)
    except RejectedValue:
        return False
    if made is None or not shortcut(transform)(value, made):
        return False
    back = transform.inverse(made)
    assert back is not None, transform.name
    assert same(value, back), transform.name
    return True


@given(st.one_of(ANY_VALUE, timestamps(), st.sampled_from([*TIMES.values(), *TEXTS.values()])))
@settings(max_examples=400, deadline=None)
@example(rest.double(-0.0))
@example(rest.map_({"x": rest.double(float("nan")), "y": {"doubleValue": 1}}))
@example(rest.array([rest.string("NaN"), {"integerValue": "007"}, {"integerValue": "-0"}]))
@example(rest.map_({"t": {"timestampValue": "2026-02-05T12:30:00Z"}}))
@example(rest.map_({"b": rest.bytes_(b"\0"), "g": rest.geopoint(1.0, 2.0)}))
@example(rest.integer(2**63 - 1))
@example({"timestampValue": "2026-02-05T12:30:00.000Z"})
@example({"timestampValue": "2026-02-05T12:30:00.123456Z"})
def test_no_shortcut_says_more_than_is_so(value: Value) -> None:
    for transform in SHORT:
        _told(transform, value)


USUAL: tuple[tuple[str, Value], ...] = (
    ("text", rest.string(" x ")), ("trimmed_text", rest.string("x")),
    ("email", rest.string("a@x")), ("boolean", rest.boolean(False)),
    ("utc_timestamp", {"timestampValue": "2026-02-05T12:30:00Z"}),
    ("utc_timestamp", {"timestampValue": "2026-02-05T12:30:00.123Z"}),
    ("local_timestamp", rest.string("05/02/26 14:30")),
    ("local_iso_timestamp", rest.string("2026-02-05 14:30")),
    ("local_seconds_timestamp", rest.string("2026-02-05 14:30:09")),
    ("pdf_position", rest.map_({"x1": rest.double(0.1), "n": rest.double(float("nan"))})),
    ("json_array", rest.array([rest.integer(1), rest.null(), rest.string("NaN")])),
    ("highlight_status", rest.boolean(True)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "value"), USUAL)
def test_the_usual_spellings_are_told_without_comparing(name: str, value: Value) -> None:
    [transform] = [one for one in SHORT if one.name == name]
    assert _told(transform, value)
