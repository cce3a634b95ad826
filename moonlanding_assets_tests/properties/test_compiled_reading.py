"""The compiled reader against the reference: any document, and any damage to its bytes."""

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from moonlanding_assets.source.export_encoding import entity_bytes
from moonlanding_assets.source.value import Fields
from moonlanding_assets_tests import strategies
from moonlanding_assets_tests.compiled_reading import (
    by_compiled,
    by_reference,
    record_by_compiled,
    record_by_reference,
)
from moonlanding_assets_tests.exports import PROJECT, write
from moonlanding_assets_tests.properties.test_export_roundtrip import (
    DATABASES,
    DOCUMENTS,
    FIELDS_VALUES,
    NAMES,
)

EXAMPLES = int(os.environ.get("MOONLANDING_EXAMPLES", "150"))
FIELDS = st.dictionaries(NAMES, FIELDS_VALUES, max_size=6)
# Bytes that mean something on the wire: tags, lengths, ends of groups, the edges of a byte.
TELLING = st.sampled_from(
    [0x00, 0x01, 0x02, 0x06, 0x08, 0x0B, 0x0C, 0x0D, 0x10, 0x12, 0x18, 0x1A, 0x1F, 0x20, 0x21,
     0x22, 0x2A, 0x2B, 0x2C, 0x63, 0x64, 0x6A, 0x72, 0x73, 0x74, 0x7A, 0x7F, 0x80, 0x82, 0xFF]
)  # fmt: skip
BYTES = TELLING | st.integers(0, 255)


@st.composite
def damaged_records(draw: st.DrawFn) -> bytes:
    """The record of a document, with a few bytes changed, put in, taken out or repeated."""
    fields = draw(FIELDS)
    record = bytearray(entity_bytes("a/b", fields, project=PROJECT, database="(default)"))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(record) - 1))
        end = min(len(record), at + draw(st.integers(0, 12)))
        match draw(st.integers(0, 3)):
            case 0:
                record[at] = draw(BYTES)
            case 1:
                record[at:at] = bytes(draw(st.lists(BYTES, max_size=4)))
            case 2:
                del record[at:end]
            case _:
                record[at:at] = record[at:end]
        if not record:
            break
    return bytes(record)


@settings(deadline=None, max_examples=EXAMPLES)
@given(fields=FIELDS)
def test_every_document_has_the_text_of_the_reference(fields: Fields) -> None:
    record = entity_bytes("a/b", fields, project=PROJECT, database="(default)")
    expected = record_by_reference(record)
    assert expected is not None
    assert record_by_compiled(record) == expected


@settings(deadline=None, max_examples=EXAMPLES)
@given(record=damaged_records())
def test_what_the_compiled_reader_reads_of_damaged_bytes_is_what_the_reference_reads(
    record: bytes,
) -> None:
    found = record_by_compiled(record)
    assert found is None or found == record_by_reference(record)


@settings(deadline=None, max_examples=EXAMPLES // 5)
@given(documents=DOCUMENTS, database=DATABASES, documents_per_shard=st.integers(1, 3))
def test_whole_exports_read_the_same(
    documents: dict[str, Fields], database: str, documents_per_shard: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = write(
            Path(directory), documents, database=database, documents_per_shard=documents_per_shard
        )
        expected, found = by_reference(place), by_compiled(place)
    assert found.texts == expected.texts
    assert found.compiled == len(documents)


@settings(deadline=None, max_examples=EXAMPLES)
@given(fields=strategies.rest_fields())
def test_values_that_transforms_are_tested_with(fields: Fields) -> None:
    try:
        record = entity_bytes("a/b", fields, project=PROJECT, database="(default)")
    except ValueError:  # an array in an array and the like, which Firestore has not
        return
    assert record_by_compiled(record) == record_by_reference(record)
