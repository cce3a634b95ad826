"""Random documents of every kind, nested: written as an export, read again, equal bit for bit."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from moonlanding_assets.source import value as rest
from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import (
    FIRST_TIMESTAMP_US,
    LAST_TIMESTAMP_US,
    Fields,
    Value,
    canonical,
    parse,
    timestamp_text,
    timestamp_us_of,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
MICROSECONDS = st.integers(FIRST_TIMESTAMP_US, LAST_TIMESTAMP_US)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = TEXTS.filter(bool)
# An id holds anything but a slash; between __ and __ only numbers.
IDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1).filter(
        lambda text: not (text.startswith("__") and text.endswith("__"))
    ),
    INT64.filter(bool).map(lambda number: f"__id{number}__"),
)
PATHS = st.lists(IDS, min_size=1, max_size=4).flatmap(
    lambda ids: st.lists(
        NAMES.filter(lambda name: "/" not in name and not name.startswith("__")),
        min_size=len(ids),
        max_size=len(ids),
    ).map(lambda kinds: "/".join(part for pair in zip(kinds, ids, strict=True) for part in pair))
)
PROJECTS = st.sampled_from(["demo-friday", "demo-elsewhere"])
DATABASES = st.sampled_from(["(default)", "second"])
SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.just(rest.null()),
    st.booleans().map(rest.boolean),
    INT64.map(rest.integer),
    st.floats().map(rest.double),
    MICROSECONDS.map(rest.timestamp_us),
    TEXTS.map(rest.string),
    st.binary(max_size=40).map(rest.bytes_),
    st.builds(rest.geopoint, st.floats(-90, 90), st.floats(-180, 180)),
    st.builds(
        lambda path, project, database: rest.reference(path, project=project, database=database),
        PATHS,
        PROJECTS,
        DATABASES,
    ),
)
VECTORS = st.lists(st.floats(allow_nan=False), min_size=1, max_size=5).map(rest.vector)


def maps(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.dictionaries(NAMES, values, max_size=5).map(rest.map_)


# Firestore has no array in an array, but arrays in maps in arrays; a vector is in no array.
FIELDS_VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS | VECTORS,
    lambda values: st.one_of(
        maps(values), st.lists(SCALARS | maps(values), max_size=5).map(rest.array)
    ),
    max_leaves=25,
)
DOCUMENTS: st.SearchStrategy[dict[str, Fields]] = st.dictionaries(
    PATHS, st.dictionaries(NAMES, FIELDS_VALUES, max_size=6), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=60)
@given(documents=DOCUMENTS, database=DATABASES, documents_per_shard=st.integers(1, 3))
def test_what_is_written_is_read(
    documents: dict[str, Fields], database: str, documents_per_shard: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        with ExportWriter(
            Path(directory),
            project="demo-friday",
            database=database,
            started_at_us=1,
            finished_at_us=2,
            documents_per_shard=documents_per_shard,
        ) as writer:
            for path, fields in documents.items():
                writer.write(path, fields)
        export = ManagedExport.open(Path(directory))
        read = {entity.path: canonical(entity.fields()) for entity in export.all_entities()}
    assert read == {path: canonical(fields) for path, fields in documents.items()}


@given(fields=st.dictionaries(TEXTS, FIELDS_VALUES, max_size=6))
def test_canonical_text_keeps_every_value(fields: Fields) -> None:
    text = canonical(fields)
    assert parse(text) == fields
    assert canonical(parse(text)) == text


@given(microseconds=MICROSECONDS)
def test_timestamps_keep_every_microsecond(microseconds: int) -> None:
    assert timestamp_us_of(timestamp_text(microseconds)) == microseconds
