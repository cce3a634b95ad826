"""What the export writer refuses, replaces and leaves behind."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import NotAnExport
from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import (
    Fields,
    array,
    integer,
    map_,
    vector,
)
from moonlanding_assets_tests.every_value import every_value
from moonlanding_assets_tests.exports import (
    FINISHED_US,
    KINDS,
    PROJECT,
    STARTED_US,
    numbered,
    read,
    texts,
    write,
)


def fail_midway(writer: ExportWriter) -> None:
    with writer:
        writer.write("a/b", {})
        writer.write("a", {})


def test_a_block_that_fails_leaves_no_export_and_removes_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, numbered(9), documents_per_shard=3)
    writer = ExportWriter(
        tmp_path, project=PROJECT, started_at_us=STARTED_US, finished_at_us=FINISHED_US
    )
    with pytest.raises(ValueError, match="even number"):
        fail_midway(writer)
    with pytest.raises(NotAnExport, match="did not finish"):
        ManagedExport.open(tmp_path)


def test_an_export_in_the_place_of_a_longer_one(tmp_path: Path) -> None:
    write(tmp_path, numbered(9), documents_per_shard=3)
    write(tmp_path, numbered(2))
    assert [file.name for file in (tmp_path / KINDS).glob("output-*")] == ["output-0"]
    assert read(tmp_path) == texts(numbered(2))


@pytest.mark.parametrize(
    ("path", "fields", "what"),
    [
        ("a", {}, "even number of parts"),
        ("a/b/c", {}, "even number of parts"),
        ("a//b/c", {}, "none of them empty"),
        ("", {}, "none of them empty"),
        ("a/__name__", {}, "reserved"),
        ("a/__id007__", {}, "reserved"),
        ("a/__id0__", {}, "reserved"),
        ("a/__id9223372036854775808__", {}, "reserved"),
        ("a/b", {"": integer(1)}, "without a name"),
        ("a/b", {"f": {}}, "field `f`"),
        ("a/b", {"f": {"stringValue": "a", "integerValue": "1"}}, "field `f`"),
        ("a/b", {"f": {"otherValue": 1}}, "a otherValue is not possible"),
        ("a/b", {"f": {"stringValue": 1}}, "no value of the REST encoding"),
        ("a/b", {"f": {"stringValue": "\ud800"}}, "field `f`"),
        ("a/b", {"f": {"integerValue": str(2**63)}}, "field `f`"),
        ("a/b", {"f": {"integerValue": "1.5"}}, "field `f`"),
        ("a/b", {"f": {"doubleValue": "1.5"}}, "field `f`"),
        ("a/b", {"f": {"timestampValue": "today"}}, "field `f`"),
        ("a/b", {"f": {"bytesValue": "%%"}}, "field `f`"),
        ("a/b", {"f": {"referenceValue": "a/b"}}, "field `f`: a reference reads"),
        ("a/b", {"f": {"referenceValue": "projects/p/databases/d/documents/a"}}, "field `f`"),
        ("a/b", {"f": {"geoPointValue": {"latitude": 1.0}}}, "no value of the REST encoding"),
        ("a/b", {"f": array([array([])])}, "a arrayValue is not possible"),
        ("a/b", {"f": array([vector([1.0])])}, "a vector inside an array"),
        ("a/b", {"f": map_({"g": {"stringValue": 1}})}, "field `f`: field `g`"),
    ],
)
def test_what_firestore_could_not_hold_is_not_written(
    tmp_path: Path, path: str, fields: Fields, what: str
) -> None:
    with pytest.raises(ValueError, match=r"^document ") as caught:
        write(tmp_path, {path: fields})
    assert f"document {path}: " in str(caught.value)
    assert what in str(caught.value)


def test_a_document_is_written_once(tmp_path: Path) -> None:
    writer = ExportWriter(
        tmp_path, project=PROJECT, started_at_us=STARTED_US, finished_at_us=FINISHED_US
    )
    with writer:
        writer.write("a/b", every_value(PROJECT))
        with pytest.raises(ValueError, match="document a/b was written before"):
            writer.write("a/b", {})
    assert len(read(tmp_path)) == 1


@pytest.mark.parametrize(
    "options",
    [{"documents_per_shard": 0}, {"started_at_us": 0}, {"finished_at_us": STARTED_US - 1}],
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, int]) -> None:
    chosen: dict[str, Any] = {"started_at_us": STARTED_US, "finished_at_us": FINISHED_US}
    with pytest.raises(ValueError, match=r"export|shard"):
        ExportWriter(tmp_path, project=PROJECT, **(chosen | options))


def test_an_export_cannot_be_changed(tmp_path: Path) -> None:
    export = ManagedExport.open(write(tmp_path, numbered(1)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        export.document_count = 2  # type: ignore[misc]  # the point of the test
