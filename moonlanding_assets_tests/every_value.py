"""One field for every kind of Firestore value, with the edges of each; and documents around them.

Shared by the tests of the export room and those against the emulator. Holds no assertion.
"""

import math

from moonlanding_assets.source.value import (
    FIRST_TIMESTAMP_US,
    LAST_TIMESTAMP_US,
    Fields,
    Value,
    array,
    boolean,
    bytes_,
    double,
    geopoint,
    integer,
    map_,
    null,
    reference,
    string,
    timestamp_us,
    vector,
)

OTHER_PROJECT = "demo-elsewhere"


def every_value(project: str, database: str = "(default)") -> Fields:
    """Field name to value; `project` and `database` are those that references point to."""
    return {**_numbers_and_times(), **_texts_and_lists(project, database), **odd_keys()}


def _numbers_and_times() -> Fields:
    return {
        "null": null(),
        "true": boolean(True),
        "false": boolean(False),
        "int zero": integer(0),
        "int minus": integer(-5),
        "int largest": integer(2**63 - 1),
        "int smallest": integer(-(2**63)),
        "int beyond doubles": integer(2**53 + 1),
        "double one": double(1.0),
        "double zero": double(0.0),
        "double minus zero": double(-0.0),
        "double sum": double(0.1 + 0.2),
        "double huge": double(1e308),
        "double tiny": double(5e-324),
        "double nan": double(math.nan),
        "double infinite": double(math.inf),
        "double minus infinite": double(-math.inf),
        "time zero": timestamp_us(0),
        "time seconds": timestamp_us(1_700_000_000_000_000),
        "time milliseconds": timestamp_us(1_700_000_000_120_000),
        "time microseconds": timestamp_us(1_700_000_000_120_001),
        "time before 1970": timestamp_us(-500_000),
        "time one before": timestamp_us(-1),
        "time first": timestamp_us(FIRST_TIMESTAMP_US),
        "time last": timestamp_us(LAST_TIMESTAMP_US),
    }


def _texts_and_lists(project: str, database: str) -> Fields:
    inside = {"project": project, "database": database}
    return {
        "text": string("Zürich \U0001f600 é"),
        "text empty": string(""),
        "text with nul": string("a\0b\uffff"),
        "text long": string("lorem ipsum " * 40_000),
        "bytes": bytes_(b"\xff\xfe\x00"),
        "bytes empty": bytes_(b""),
        "point": geopoint(-33.9, 18.4),
        "point zero": geopoint(0.0, -0.0),
        "point edge": geopoint(-90.0, 180.0),
        "ref": reference("users/u1", **inside),
        "ref deep": reference("a/__id7__/b/7/c/x.y z", **inside),
        "ref other project": reference("users/u1", project=OTHER_PROJECT, database="(default)"),
        "ref other database": reference("users/u1", project=OTHER_PROJECT, database="second"),
        "map empty": map_({}),
        "map": map_({"a": integer(1), "b": map_({"c": null(), "d": array([]), "e": map_({})})}),
        "map odd keys": map_(odd_keys()),
        "map deep": _deep(15),
        "array empty": array([]),
        "array of one": array([integer(1)]),
        "array of null": array([null()]),
        "array of empty map": array([map_({})]),
        "array mixed": array(
            [integer(1), double(1.0), string(""), null(), boolean(False), bytes_(b"\0"),
             timestamp_us(-1), geopoint(1.0, 2.0), reference("a/b", **inside),
             map_({"inner": array([integer(2), integer(1)]), "none": array([])})]
        ),
        "vector": vector([1.0, -0.0, 0.1]),
        "vector of one": vector([1.0]),
        "vector in map": map_({"v": vector([2.0, 3.0]), "w": array([double(2.0)])}),
    }  # fmt: skip


def odd_keys() -> Fields:
    """Names that are no paths, although they look like some."""
    names = ("a.b", "`", "a/b", " ", "ключ", "0", "[0]", "a\\b", "__a", "x" * 200)
    return {name: integer(position) for position, name in enumerate(names)}


def every_place(project: str, database: str = "(default)") -> dict[str, Fields]:
    """Document path to fields: missing parents, depths, numeric ids, ids that need care."""
    paths = (
        "all/values",
        "numbers/__id7__", "numbers/7", "numbers/__id-7__", "numbers/__id9223372036854775807__",
        "deep/missing/below/d1/lower/missing/lowest/d2", "deep/missing/below/d1",
        "deep/__id3__/below/x",
        "ids/a.b", "ids/`", "ids/ ", "ids/été", "ids/\U0001f600", "ids/%2F", "ids/_",
        "коллекция/x", "a b/c d",
    )  # fmt: skip
    documents: dict[str, Fields] = {path: {"n": integer(n)} for n, path in enumerate(paths)}
    documents["all/values"] = every_value(project, database)
    documents["all/empty"] = {}
    return documents


def _deep(levels: int) -> Value:
    return map_({"deeper": _deep(levels - 1)}) if levels else array([map_({"end": null()})])
