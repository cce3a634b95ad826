"""Hypothesis strategies of Firestore values in the REST encoding: any kind, and near misses.

Holds no assertion. `rest_values()` and `rest_fields()` give everything that Firestore can hold;
`near_values()` gives strings, numbers and maps that transforms nearly or really understand.
"""

import datetime
import string as ascii_letters

from hypothesis import strategies as st

from moonlanding_assets.source import value as rest
from moonlanding_assets.source.value import Fields, Value

INT64_EDGES = (-(2**63), 2**63 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 0, 1, -1, 7)
DOUBLE_EDGES = (-0.0, 0.0, 5e-324, 1.7976931348623157e308, 0.1, 1e16, 2.0**53, 2.0**63, 1.0)
NASTY_TEXTS = (
    "", " ", "007", " 12 ", "true", "FALSE", "a\x00b", "\u0000", "🧾", "e\u0301", "İstanbul@X.com",
    "'; DROP TABLE users; --", "<script>alert(1)</script>", "x\r\n[ERROR] forged",
    "../../etc/passwd", "a/../b", "%2e%2e/%2e%2e", "\u202egpj.exe",
    "NaN", "-Infinity", "null", "{}", '{"a":1}', "[1]",
    "31/02/26", "29/02/24 12:00", "2026-02-30", "9999-12-31T23:59:59.999999999Z", "\u3000x\u00a0",
    "email:a@b", "id:x", "a@b@c", "@", "5", "1.50", "1e5", "40.0", "0.1", "-0", "1770283712",
)  # fmt: skip


def doubles() -> st.SearchStrategy[Value]:
    """Doubles of every kind: NaN, infinities, -0.0, subnormal."""
    return (st.floats() | st.sampled_from(DOUBLE_EDGES)).map(rest.double)


def integers() -> st.SearchStrategy[Value]:
    """Integers of 64 bits, edges included."""
    anywhere = st.integers(-(2**63), 2**63 - 1)
    return (anywhere | st.integers(-3, 3) | st.sampled_from(INT64_EDGES)).map(rest.integer)


def timestamps() -> st.SearchStrategy[Value]:
    """Moments in the years 0001 to 9999, to the microsecond or rounder."""
    anywhere = st.integers(rest.FIRST_TIMESTAMP_US, rest.LAST_TIMESTAMP_US)
    rounded = st.builds(_rounded, anywhere, st.sampled_from((1_000, 1_000_000, 60_000_000)))
    return (anywhere | rounded).map(rest.timestamp_us)


def _rounded(microseconds: int, unit: int) -> int:
    return max(microseconds - microseconds % unit, rest.FIRST_TIMESTAMP_US)


def strings() -> st.SearchStrategy[Value]:
    """Any Unicode string, NUL included, and nasty ones; no lone surrogates."""
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    return (anything | st.sampled_from(NASTY_TEXTS)).map(rest.string)


def names() -> st.SearchStrategy[str]:
    """Field names: any non-empty text, with dots, slashes and backquotes."""
    anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
    known = st.sampled_from(("cloud_id", "email", "text", "url", "a.b", "a/b", "`", "é"))
    return (anything | known).filter(_is_allowed)


def _is_allowed(name: str) -> bool:
    return not (name.startswith("__") and name.endswith("__"))


def scalars() -> st.SearchStrategy[Value]:
    """Values without values inside."""
    degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
    ids = st.text(ascii_letters.ascii_letters, min_size=1, max_size=5)
    return st.one_of(
        st.just(rest.null()),
        st.booleans().map(rest.boolean),
        integers(),
        doubles(),
        timestamps(),
        strings(),
        st.binary(max_size=8).map(rest.bytes_),
        ids.map(_reference),
        degrees.map(_geopoint),
    )


def _reference(document_id: str) -> Value:
    return rest.reference(f"friday/users/list/{document_id}", project="demo-friday")


def _geopoint(degrees: tuple[float, float]) -> Value:
    return rest.geopoint(*degrees)


def rest_values() -> st.SearchStrategy[Value]:
    """Any value that Firestore can hold, vectors included."""
    vectors = st.lists(st.floats(allow_nan=False), max_size=3).map(rest.vector)
    return st.recursive(scalars() | vectors, _containers, max_leaves=6)


def _containers(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    # Firestore has no array directly inside an array; the transforms need not know that.
    arrays = st.lists(inner, max_size=4).map(rest.array)
    maps = st.dictionaries(names(), inner, max_size=4).map(rest.map_)
    return arrays | maps


def rest_fields() -> st.SearchStrategy[Fields]:
    """The fields of a document: any names, any values."""
    return st.dictionaries(names(), rest_values(), max_size=5)


def near_values() -> st.SearchStrategy[Value]:
    """Values that some transform understands, or nearly."""
    near = _near_texts().map(rest.string)
    arrays = st.lists(near, max_size=3).map(rest.array)
    return st.one_of(near, arrays, _near_maps(near), _epochs(), _small_numbers())


def _near_texts() -> st.SearchStrategy[str]:
    return st.one_of(_times(), _decimals(), _addresses(), _places())


def _times() -> st.SearchStrategy[str]:
    """Moments as the sources spell them; also dates and clocks that do not exist."""
    moments = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59))
    forms = (
        "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%y %H:%M", "%d/%m/%Y",
        "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S+02:00", "%d%m%y_%H%M%S",
        "%Y-%m-%dT%H:%M-0530", "%Y-%m-%d %H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+14",
    )  # fmt: skip
    real = st.builds(_spelled, moments, st.sampled_from(forms))
    digits = st.text("0123456789", min_size=2, max_size=2)
    wrong = st.tuples(*[digits] * 5).map(_clockwork)
    return real | wrong


def _spelled(moment: datetime.datetime, form: str) -> str:
    return moment.strftime(form.replace("%Y", f"{moment.year:04d}"))


def _clockwork(parts: tuple[str, ...]) -> str:
    day, month, year, hour, minute = parts
    return f"{day}/{month}/{year} {hour}:{minute}"


def _decimals() -> st.SearchStrategy[str]:
    return st.from_regex(r"-?[0-9]{1,22}(\.[0-9]{1,20})?", fullmatch=True)


def _addresses() -> st.SearchStrategy[str]:
    return st.from_regex(r"\s?[A-Za-zÄİΣß.+]{1,8}@[A-Za-z.]{1,8}\s?", fullmatch=True)


def _places() -> st.SearchStrategy[str]:
    heads = st.sampled_from(
        (
            "", "/", "gs://demo/", "https://firebasestorage.googleapis.com/v0/b/demo/o/",
            "https://storage.googleapis.com/demo/", "https://demo.storage.googleapis.com/",
            "https://drive.google.com/file/d/", "https://example.com/", "friday/users/list/",
        )
    )  # fmt: skip
    bodies = st.from_regex(
        r"[A-Za-z0-9_-]{1,24}(/|%2F|%3F|%25|\.|=|:| )?[a-z.?=#&%]{0,6}", fullmatch=True
    )
    return st.tuples(heads, bodies, st.sampled_from(("", "?alt=media", "#x", "/view"))).map("".join)


def _near_maps(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    keys = st.sampled_from(("cloud_id", "email", "name", "text", "image", "x1", "pageNumber"))
    parts = st.dictionaries(keys, inner | strings() | doubles(), max_size=3).map(rest.map_)
    times = st.tuples(st.integers(-(10**11), 10**11), st.integers(-1, 10**9), st.booleans())
    return parts | times.map(_time_map)


def _time_map(parts: tuple[int, int, bool]) -> Value:
    seconds, nanoseconds, is_private = parts
    prefix = "_" if is_private else ""
    return rest.map_(
        {
            f"{prefix}seconds": rest.integer(seconds),
            f"{prefix}nanoseconds": rest.integer(nanoseconds),
        }
    )


def _epochs() -> st.SearchStrategy[Value]:
    seconds = st.floats(6.3e8, 4.2e9)
    scaled = st.tuples(seconds, st.sampled_from((1, 1000, 1_000_000)))
    return scaled.map(_epoch) | scaled.map(_whole_epoch)


def _epoch(parts: tuple[float, int]) -> Value:
    return rest.double(parts[0] * parts[1])


def _whole_epoch(parts: tuple[float, int]) -> Value:
    return rest.integer(int(parts[0] * parts[1]))


def _small_numbers() -> st.SearchStrategy[Value]:
    whole = st.integers(-2, 2100)
    return whole.map(rest.integer) | whole.map(float).map(rest.double)
