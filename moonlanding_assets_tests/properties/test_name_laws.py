"""The order of names, and ranges that divide them: nothing is left out, nothing comes twice."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlanding_assets.source.firestore_names import (
    EVERYTHING,
    Range,
    below,
    divided,
    order_of,
    without,
)

BUSY = settings(deadline=None, suppress_health_check=list(HealthCheck))
PARTS = st.sampled_from(
    (
        "a", "a!", "ab", "b", "B", "_", "7", "10", "__id7__", "__id10__", "__id-3__", "é",
        "\U0001f600",
    )
)  # fmt: skip
PAIRS = st.tuples(PARTS, PARTS).map("/".join)
PATHS = st.lists(PAIRS, min_size=1, max_size=3).map("/".join)


@BUSY
@given(st.sets(PATHS, max_size=3), st.lists(PATHS, max_size=6), PATHS)
def test_a_path_is_in_one_range_or_is_held_back(
    stems: set[str], cursors: list[str], path: str
) -> None:
    is_held_back = any(path == stem or path.startswith(f"{stem}/") for stem in stems)
    outermost = {one for one in stems if not any(_is_below(one, other) for other in stems)}
    ranges = divided(without(outermost), cursors)
    assert sum(one.holds(path) for one in ranges) == (0 if is_held_back else 1)


@BUSY
@given(st.lists(PATHS, max_size=6), PATHS, PATHS)
def test_ranges_are_in_the_order_of_names(cursors: list[str], one: str, other: str) -> None:
    ranges = divided((EVERYTHING,), cursors)
    first, second = (
        next(n for n, part in enumerate(ranges) if part.holds(path)) for path in (one, other)
    )
    assert (first <= second) or order_of(other) < order_of(one)


@BUSY
@given(PATHS, PATHS)
def test_below_a_document_is_what_begins_with_its_path(stem: str, path: str) -> None:
    assert below(stem).holds(path) == (path == stem or path.startswith(f"{stem}/"))


def test_the_order_that_the_emulator_showed() -> None:
    ids = (
        "__id-7__", "__id7__", "__id9__", "__id70__", "%2F", "10", "9", "B", "a", "é", "日本",
        "\uffee", "\U0001f600",
    )  # fmt: skip
    paths = [f"c/{one}" for one in ids]
    assert sorted(reversed(paths), key=order_of) == paths
    assert order_of("c/a") < order_of("c/a/d/1") < order_of("c/a!")


def test_a_cursor_outside_the_ranges_divides_nothing() -> None:
    ranges = without(["m/apis"])
    assert ranges == (Range(end="m/apis"), Range(first="m/apis\0"))
    assert divided(ranges, ["m/apis", "m/apis/list/k1"]) == ranges
    assert len(divided(ranges, ["z/1", "a/1", "a/1"])) == 4


def _is_below(path: str, other: str) -> bool:
    return path.startswith(f"{other}/")
