"""Managed exports written and read again, and where one is looked for."""

import pickle
import shutil
from itertools import chain
from pathlib import Path

import pytest

from moonlanding_assets.errors import DamagedExport, NotAnExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_framing import RecordReader
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import (
    array,
    integer,
    reference,
    string,
)
from moonlanding_assets_tests.every_value import every_place
from moonlanding_assets_tests.exports import (
    FINISHED_US,
    KINDS,
    META,
    OVERALL,
    PROJECT,
    STARTED_US,
    entity,
    numbered,
    put_entities,
    put_overall,
    read,
    texts,
    write,
)


@pytest.mark.parametrize("database", ["(default)", "second"])
def test_every_kind_of_value_in_every_place_comes_back(tmp_path: Path, database: str) -> None:
    documents = every_place(PROJECT, database)
    write(tmp_path, documents, database=database, documents_per_shard=4)
    export = ManagedExport.open(tmp_path)
    assert (export.project, export.database) == (PROJECT, database)
    assert (export.started_at_us, export.finished_at_us) == (STARTED_US, FINISHED_US)
    assert export.document_count == len(documents)
    assert [shard.name for shard in export.shards] == [f"output-{n}" for n in range(5)]
    assert read(tmp_path) == texts(documents)


def test_the_bytes_are_those_of_the_emulator(tmp_path: Path) -> None:
    fields = {"r": reference("x/y", project="demo-q", database="named")}
    write(tmp_path, {"a/n1": fields}, project="demo-q", database="named", name="n")
    assert (tmp_path / KINDS / "output-0").read_bytes().hex() == (
        "ddf0fbe75500016a1f6a0a6465767e64656d6f2d7172090b12016122026e310cba01056e616d6564"
        "7a261a017220002a1f636a0a6465767e64656d6f2d71737a01788a01017974ba01056e616d656464"
        "8201090b12016122026e310c"
    )
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*")) == [
        str(META),
        "n.overall_export_metadata",
    ]


def test_the_metadata_are_those_of_the_emulator(tmp_path: Path) -> None:
    write(tmp_path, numbered(3), documents_per_shard=2)
    overall = [content.hex() for _, content in RecordReader(tmp_path / OVERALL)]
    size = sum(file.stat().st_size for file in (tmp_path / KINDS).glob("output-*"))
    path = META.as_posix().encode().hex()
    assert overall == [
        "33",
        f"0a4e0a04080218031241{path}180320{size & 127 | 128:02x}{size >> 7:02x}",
    ]
    meta = export_messages.Meta.FromString((tmp_path / META).read_bytes())
    assert [list(output.file) for output in meta.output] == [["output-0", "output-1"]]
    assert [output.kind for output in meta.output] == [""]


def test_same_input_same_bytes_whatever_the_order_of_fields(tmp_path: Path) -> None:
    documents = every_place(PROJECT)
    turned = {path: dict(reversed(fields.items())) for path, fields in documents.items()}
    write(tmp_path / "one", documents, documents_per_shard=5)
    write(tmp_path / "two", turned, documents_per_shard=5)
    files = [file for file in sorted((tmp_path / "one").rglob("*")) if file.is_file()]
    assert len(files) == 6
    for file in files:
        other = tmp_path / "two" / file.relative_to(tmp_path / "one")
        assert file.read_bytes() == other.read_bytes()


def test_fields_are_made_anew_at_each_call(tmp_path: Path) -> None:
    write(tmp_path, {"a/b": {"list": array([string("x")])}})
    (one,) = ManagedExport.open(tmp_path).all_entities()
    one.fields()["list"]["arrayValue"]["values"].clear()
    assert one.fields() == {"list": array([string("x")])}


def test_a_withheld_field_is_never_decoded(tmp_path: Path) -> None:
    one = entity("a/b", keep=integer(1))
    one.raw_property.add(name="secret", meaning=99).value.stringvalue = b"\xff"
    one.property.add(name="secret too", meaning=99)
    put_entities(tmp_path, one.SerializeToString())
    (read_one,) = ManagedExport.open(tmp_path).all_entities()
    assert read_one.withheld == ()
    names = frozenset({"secret", "secret too", "absent"})
    assert read_one.fields(names) == {"keep": integer(1)}
    assert read_one.withheld == ("secret", "secret too")
    with pytest.raises(DamagedExport):
        read_one.fields()


def test_shards_can_be_read_one_by_one_from_a_pickled_export(tmp_path: Path) -> None:
    documents = numbered(7)
    write(tmp_path, documents, documents_per_shard=3)
    export = pickle.loads(pickle.dumps(ManagedExport.open(tmp_path)))
    shards = [[one.path for one in export.entities(shard)] for shard in export.shards]
    assert [len(paths) for paths in shards] == [3, 3, 1]
    assert list(chain.from_iterable(shards)) == list(documents)
    export.verify_counts(7)
    with pytest.raises(DamagedExport, match="hold 6 documents, 7 were written"):
        export.verify_counts(6)


def test_found_one_level_below_and_by_its_own_name(tmp_path: Path) -> None:
    documents = numbered(2)
    write(tmp_path / "2026-02-05", documents)
    for place in (tmp_path, tmp_path / "2026-02-05", tmp_path / "2026-02-05" / OVERALL):
        assert ManagedExport.open(place).directory == tmp_path / "2026-02-05"
    assert read(tmp_path) == texts(documents)


def test_an_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match=r"is empty\. Name the directory that holds NAME"):
        ManagedExport.open(tmp_path)


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="nowhere is no directory"):
        ManagedExport.open(tmp_path / "nowhere")


def test_a_directory_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NotAnExport, match=r"holds no NAME\.overall_export_metadata"):
        ManagedExport.open(tmp_path)
    with pytest.raises(NotAnExport, match="is no directory"):
        ManagedExport.open(tmp_path / "notes.txt")


def test_an_export_that_did_not_finish(tmp_path: Path) -> None:
    write(tmp_path, numbered(2))
    (tmp_path / OVERALL).unlink()
    with pytest.raises(NotAnExport, match="did not finish or was not copied whole"):
        ManagedExport.open(tmp_path)


def test_several_exports_are_not_chosen_from(tmp_path: Path) -> None:
    write(tmp_path / "monday", numbered(1))
    write(tmp_path / "tuesday", numbered(2))
    with pytest.raises(NotAnExport, match="holds 2 exports: monday/export"):
        ManagedExport.open(tmp_path)


def test_an_export_of_an_empty_database(tmp_path: Path) -> None:
    write(tmp_path, {})
    with pytest.raises(NotAnExport, match="is of an empty database"):
        ManagedExport.open(tmp_path)


def test_files_that_the_metadata_do_not_name_are_not_read(tmp_path: Path) -> None:
    documents = numbered(2)
    write(tmp_path, documents)
    (tmp_path / KINDS / "output-1").write_bytes(b"left over")
    (tmp_path / KINDS / "._output-0").write_bytes(b"junk of a copy")
    (tmp_path / f"._{OVERALL}").write_bytes(b"junk of a copy")
    assert read(tmp_path) == texts(documents)


def test_an_export_by_collection_ids(tmp_path: Path) -> None:
    whole = {"users": numbered(3), "teams": {"teams/t1": {"n": integer(1)}}}
    parts = []
    for kind, documents in whole.items():
        written = write(tmp_path / "parts" / kind, documents, documents_per_shard=2)
        folder = tmp_path / "all_namespaces" / f"kind_{kind}"
        shutil.copytree(written / KINDS, folder)
        name = f"all_namespaces_kind_{kind}.export_metadata"
        (folder / META.name).rename(folder / name)
        size_bytes = sum(file.stat().st_size for file in folder.glob("output-*"))
        parts.append((f"all_namespaces/kind_{kind}/{name}", len(documents), size_bytes))
    shutil.rmtree(tmp_path / "parts")
    put_overall(tmp_path, *parts)
    export = ManagedExport.open(tmp_path)
    assert export.document_count == 4
    assert len(export.shards) == 3
    assert read(tmp_path) == texts(whole["users"] | whole["teams"])


def test_shards_without_bytes_and_padded_shards(tmp_path: Path) -> None:
    documents = numbered(4)
    write(tmp_path, documents, documents_per_shard=2)
    meta = export_messages.Meta.FromString((tmp_path / META).read_bytes())
    meta.output[0].file.insert(0, "output-9")
    (tmp_path / META).write_bytes(meta.SerializeToString())
    (tmp_path / KINDS / "output-9").write_bytes(b"")
    for shard in ("output-0", "output-1"):
        file = tmp_path / KINDS / shard
        file.write_bytes(file.read_bytes().ljust(65_536, b"\0"))
    assert read(tmp_path) == texts(documents)
    put_overall(tmp_path, (META.as_posix(), 4, 2 * 65_536))
    assert read(tmp_path) == texts(documents)


def test_production_writes_another_prefix_of_the_project(tmp_path: Path) -> None:
    one = entity("a/b", r=reference("c/d", project="example.com:there"))
    one.key.app = f"s~{PROJECT}"
    one.raw_property[0].value.referencevalue.app = "e~example.com:there"
    put_entities(tmp_path, one.SerializeToString())
    assert ManagedExport.open(tmp_path).project == PROJECT
    expected = {"r": reference("c/d", project="example.com:there")}
    assert read(tmp_path) == texts({"a/b": expected})


def test_values_in_the_other_property_list_are_read(tmp_path: Path) -> None:
    one = entity("a/b", z=integer(1))
    one.property.add(name="y").value.stringvalue = b"indexed"
    one.property.add(name="x", meaning=15).value.stringvalue = b"text"
    for number in (1, 2):
        one.property.add(name="list", multiple=True).value.int64value = number
    put_entities(tmp_path, one.SerializeToString())
    numbers = array([integer(1), integer(2)])
    expected = {"x": string("text"), "y": string("indexed"), "z": integer(1), "list": numbers}
    assert read(tmp_path) == texts({"a/b": expected})
