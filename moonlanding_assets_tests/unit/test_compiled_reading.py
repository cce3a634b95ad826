"""The compiled reader gives up where the reference refuses, at the same place; secrets stay out."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.progress import Silent
from moonlanding_assets.source import export_documents, export_texts, native, shard_reading
from moonlanding_assets.source.export_documents import WrittenDocument
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import build_snapshot
from moonlanding_assets.source.value import (
    Fields,
    array,
    double,
    geopoint,
    integer,
    map_,
    string,
    timestamp_us,
)
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets_tests.compiled_reading import by_compiled, by_reference
from moonlanding_assets_tests.every_value import every_place
from moonlanding_assets_tests.exports import (
    KINDS,
    META,
    PROJECT,
    entity,
    numbered,
    put_entities,
    put_overall,
    texts,
    write,
)
from moonlanding_assets_tests.migrated_demo import SMALL
from moonlanding_assets_tests.unit.test_export_strange import STRANGE


def compared(directory: Path) -> int:
    """How many documents were compiled, once both readers have come to the same."""
    found, expected = by_compiled(directory), by_reference(directory)
    assert (found.texts, found.error) == (expected.texts, expected.error)
    return found.compiled


@pytest.mark.parametrize("database", ["(default)", "second"])
def test_every_kind_of_value_in_every_place(tmp_path: Path, database: str) -> None:
    documents = every_place(PROJECT, database)
    write(tmp_path, documents, database=database, documents_per_shard=4)
    found = by_compiled(tmp_path)
    assert {path: text for path, _, text in found.texts} == texts(documents)
    assert found.compiled == len(documents)


@pytest.mark.parametrize(
    ("raw", "other", "what"), [pytest.param(*one[1:], id=one[0]) for one in STRANGE]
)
def test_strange_documents_raise_what_the_reference_raises(
    tmp_path: Path, raw: list[Any], other: list[Any], what: str
) -> None:
    one = entity("a/b")
    one.raw_property.extend(raw)
    one.property.extend(other)
    records = [entity("a/first"), one, entity("a/last")]
    put_entities(tmp_path, *(record.SerializeToString() for record in records))
    assert compared(tmp_path) == 1
    error = by_compiled(tmp_path).error
    assert error is not None
    assert what in error[2]


def test_damage_anywhere_is_raised_after_the_documents_before_it(tmp_path: Path) -> None:
    write(tmp_path, numbered(4))
    shard = tmp_path / KINDS / "output-0"
    content = shard.read_bytes()
    seen = set()
    for position in range(0, len(content), 3):
        flipped = bytearray(content)
        flipped[position] ^= 1
        shard.write_bytes(flipped)
        if position >= len(content) // 4:  # the first document is read when the export is opened
            seen.add(compared(tmp_path))
    assert seen == {1, 2, 3}
    for cut in range(len(content) * 3 // 4, len(content)):
        shard.write_bytes(content[:cut])
        put_overall(tmp_path, (META.as_posix(), 4, cut))
        assert compared(tmp_path) == 3
    shard.unlink()


def test_a_document_twice_and_one_of_another_project(tmp_path: Path) -> None:
    one = entity("a/b", n=integer(1)).SerializeToString()
    assert compared(put_entities(tmp_path / "twice", one, one)) == 1
    other = entity("a/c")
    other.key.app = "s~other"
    assert compared(put_entities(tmp_path / "other", one, other.SerializeToString())) == 1
    other.key.app = f"s~{PROJECT}"  # the same project, spelled as production does
    assert compared(put_entities(tmp_path / "same", one, other.SerializeToString())) == 1
    other.key.name_space = "tenant"
    assert compared(put_entities(tmp_path / "tenant", one, other.SerializeToString())) == 1


def test_a_shard_of_another_project(tmp_path: Path) -> None:
    write(tmp_path, numbered(2), documents_per_shard=1)
    second = tmp_path / KINDS / "output-1"
    other = write(tmp_path / "x", {"things/t1": {"n": integer(1)}}, project="demo-others")
    shutil.copy(other / KINDS / "output-0", second)
    size_bytes = sum(file.stat().st_size for file in (tmp_path / KINDS).glob("output-*"))
    put_overall(tmp_path, (META.as_posix(), 2, size_bytes))
    assert compared(tmp_path) == 1
    error = by_compiled(tmp_path).error
    assert error is not None
    assert "things/t1 is of another project" in error[2]


def test_a_first_record_that_is_no_document(tmp_path: Path) -> None:
    write(tmp_path, numbered(2), documents_per_shard=1)
    second = tmp_path / KINDS / "output-1"
    shutil.copy(put_entities(tmp_path / "x", b"\xff") / KINDS / "output-0", second)
    size_bytes = sum(file.stat().st_size for file in (tmp_path / KINDS).glob("output-*"))
    put_overall(tmp_path, (META.as_posix(), 2, size_bytes))
    assert compared(tmp_path) == 1


EDGES: dict[str, Fields] = {
    "a/numbers": {
        str(place): one
        for place, one in enumerate(
            [integer(n) for n in (0, -1, 10, 2**63 - 1, -(2**63), 99, 100)]
            + [double(n) for n in (0.0, -0.0, 1.0, 0.1, 1e16, 1e-7, 5e-324, 1.7976931348623157e308)]
            + [double(n) for n in (math.nan, math.inf, -math.inf, 123456789.123456789)]
        )
    },
    "a/times": {
        str(us): timestamp_us(us)
        for us in (0, -1, 999, 1000, -62_135_596_800_000_000, 253_402_300_799_999_999,
                   951_782_400_000_000, 951_868_799_999_999, 4_107_542_399_000_000)
    },
    "a/texts": {"".join(map(chr, range(0x20))): string("".join(map(chr, range(0x180))) + "😀\x7f")},
    "a/places": {"p": geopoint(-0.0, 180.0), "é": geopoint(90.0, -180.0)},
    "a/nothing": {},
    "a/__id-7__/b/__id9223372036854775807__": {"z": map_({}), "a": array([map_({}), map_({})])},
}  # fmt: skip


def test_edges_of_numbers_times_and_texts(tmp_path: Path) -> None:
    write(tmp_path, EDGES)
    assert compared(tmp_path) == len(EDGES)


def test_documents_larger_than_the_room_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = numbered(40) | {
        "a/long": {"s": string("\x01" * 90_000)},
        "a/many": {"v": array([double(n / 7) for n in range(900)])},
    }
    write(tmp_path, documents | numbered(50))
    monkeypatch.setattr(export_texts, "_ROOM_BYTES", 9_000)
    monkeypatch.setattr(export_texts, "_ROOM_DOUBLES", 10)
    monkeypatch.setattr(export_documents, "BATCH_DOCUMENTS", 7)
    assert compared(tmp_path) == 52


@pytest.mark.parametrize(("names", "compiled"), [(2_000, 1), (2_001, 0)])
def test_very_many_fields_out_of_order_are_left_to_the_reference(
    tmp_path: Path, names: int, compiled: int
) -> None:
    one = entity("a/b", **{f"f{n:05d}": integer(n) for n in range(names)})
    one.raw_property.sort(key=_backwards)
    assert compared(put_entities(tmp_path, one.SerializeToString())) == compiled


def _backwards(one: Any) -> int:
    return -int(one.name[1:])


def test_arrays_of_any_length_in_any_order(tmp_path: Path) -> None:
    one = entity("a/b", z=array([string("x"), integer(2)]), k=array([]), b=integer(1))
    properties = list(one.raw_property)
    del one.raw_property[:]
    one.raw_property.extend(reversed(properties))
    assert compared(put_entities(tmp_path, one.SerializeToString())) == 1


def test_a_snapshot_is_the_same_to_the_byte_and_secrets_are_never_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_demo(tmp_path / "demo", scale=SMALL, seed=3, progress=Silent())
    asked: list[str] = []
    written = WrittenDocument.__init__

    def noting(self: WrittenDocument, path: str, text: str, *, offset: int) -> None:
        asked.append(path)
        written(self, path, text, offset=offset)

    monkeypatch.setattr(WrittenDocument, "__init__", noting)
    for system in ("friday", "mwr"):
        source = ExportSource(system=system, export=ManagedExport.open(tmp_path / "demo" / system))
        by_one = build_snapshot(source, tmp_path / "one", progress=Silent())
        assert not asked
        monkeypatch.setattr(shard_reading, "DOCUMENTS_FOR_COMPILED", 1)
        by_other = build_snapshot(source, tmp_path / "other", progress=Silent())
        monkeypatch.undo()
        monkeypatch.setattr(WrittenDocument, "__init__", noting)
        assert by_one == by_other
        secrets = sum(by_one.withheld.collections.values()) + len(by_one.withheld.fields)
        assert secrets
        assert len(asked) == by_one.documents + sum(by_one.withheld.collections.values()) - secrets
        asked.clear()
    for system in ("friday", "mwr"):
        for file in (tmp_path / "one" / system).iterdir():
            assert file.read_bytes() == (tmp_path / "other" / system / file.name).read_bytes()


def test_nothing_can_be_withheld_of_a_document_that_was_read_whole() -> None:
    with pytest.raises(ValueError, match="read whole"):
        WrittenDocument("a/b", "{}", offset=0).text(frozenset({"secret"}))


def test_what_is_kept_of_the_compiler_is_named_for_the_source(tmp_path: Path) -> None:
    for name in ("native.py", "native_text.py"):
        (tmp_path / name).write_text("one")
    before = native.folder_of(tmp_path)
    (tmp_path / "native_text.py").write_text("two")
    assert native.folder_of(tmp_path).name != before.name
    assert before.parent == tmp_path / "__pycache__"
