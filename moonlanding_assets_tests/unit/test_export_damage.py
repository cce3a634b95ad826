"""Every way in which the files of a managed export can be damaged."""

import shutil
from pathlib import Path

import pytest

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_framing import RecordReader
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import (
    map_,
    string,
    timestamp_us,
)
from moonlanding_assets_tests.exports import (
    FINISHED_US,
    KINDS,
    META,
    OVERALL,
    damage,
    entity,
    numbered,
    put_entities,
    put_overall,
    put_records,
    read,
    texts,
    write,
)


def test_a_missing_shard(tmp_path: Path) -> None:
    write(tmp_path, numbered(6), documents_per_shard=2)
    (tmp_path / KINDS / "output-1").unlink()
    found = damage(tmp_path)
    assert found.file.endswith("output-1")
    assert "is missing" in found.what


def test_a_shard_that_goes_missing_later(tmp_path: Path) -> None:
    write(tmp_path, numbered(6), documents_per_shard=2)
    export = ManagedExport.open(tmp_path)
    (tmp_path / KINDS / "output-1").unlink()
    with pytest.raises(DamagedExport, match=r"output-1: .* is missing"):
        list(export.all_entities())


def test_a_shard_that_is_named_twice(tmp_path: Path) -> None:
    write(tmp_path, numbered(4), documents_per_shard=2)
    meta = export_messages.Meta.FromString((tmp_path / META).read_bytes())
    meta.output[0].file[1] = "output-0"
    (tmp_path / META).write_bytes(meta.SerializeToString())
    found = damage(tmp_path)
    assert found.file.endswith("output-0")
    assert "name this shard twice" in found.what


def test_a_shard_in_the_place_of_another(tmp_path: Path) -> None:
    write(tmp_path, numbered(4), documents_per_shard=2)
    shutil.copy(tmp_path / KINDS / "output-0", tmp_path / KINDS / "output-1")
    found = damage(tmp_path)
    assert found.file.endswith("output-1")
    assert found.offset == 0
    assert "document things/t0 is in output-0 already" in found.what


def test_a_document_twice_in_one_shard(tmp_path: Path) -> None:
    one = entity("a/b").SerializeToString()
    export = ManagedExport.open(put_entities(tmp_path, one, one))
    with pytest.raises(DamagedExport, match="document a/b is in output-0 already") as caught:
        list(export.entities(export.shards[0]))
    assert caught.value.offset == len(one) + 7


def test_metadata_that_are_missing(tmp_path: Path) -> None:
    write(tmp_path, numbered(2))
    (tmp_path / META).unlink()
    assert "is missing" in damage(tmp_path).what


@pytest.mark.parametrize("documents", [0, 1, 3])
def test_another_count_than_the_metadata(tmp_path: Path, documents: int) -> None:
    write(tmp_path, numbered(2))
    size_bytes = (tmp_path / KINDS / "output-0").stat().st_size
    put_overall(tmp_path, (META.as_posix(), documents, size_bytes))
    assert f"hold 2 documents, {documents} were written" in damage(tmp_path).what


@pytest.mark.parametrize("difference", [-1, 1, 1000])
def test_another_size_than_the_metadata(tmp_path: Path, difference: int) -> None:
    write(tmp_path, numbered(2))
    size_bytes = (tmp_path / KINDS / "output-0").stat().st_size
    put_overall(tmp_path, (META.as_posix(), 2, size_bytes + difference))
    assert f"{size_bytes + difference} were written" in damage(tmp_path).what


def test_a_shard_cut_at_every_byte_of_its_last_record(tmp_path: Path) -> None:
    write(tmp_path, numbered(3))
    shard = tmp_path / KINDS / "output-0"
    content = shard.read_bytes()
    *_, (last, _) = RecordReader(shard)
    for cut in range(last, len(content)):
        shard.write_bytes(content[:cut])
        assert damage(tmp_path).file.endswith(META.name)
        # With the bytes made up for, what is left has to be seen for what it is.
        shard.write_bytes(content[:cut].ljust(len(content), b"\0"))
        assert damage(tmp_path).offset in (last, None)
        # And with metadata that agree with the cut file.
        shard.write_bytes(content[:cut])
        put_overall(tmp_path, (META.as_posix(), 3, cut))
        found = damage(tmp_path)
        assert found.offset == (None if cut == last else last)
        write(tmp_path, numbered(3))


def test_a_flip_of_any_bit_of_a_shard(tmp_path: Path) -> None:
    write(tmp_path, {"a/b": {"s": string("x"), "m": map_({"t": timestamp_us(-1)})}})
    shard = tmp_path / KINDS / "output-0"
    content = shard.read_bytes()
    for position in range(len(content)):
        for bit in (0, 3, 7):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            shard.write_bytes(flipped)
            found = damage(tmp_path)
            assert (found.file, found.offset) == (str(shard), 0)


def test_a_flip_of_any_bit_of_the_overall_metadata(tmp_path: Path) -> None:
    write(tmp_path, numbered(1))
    content = (tmp_path / OVERALL).read_bytes()
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 1
        (tmp_path / OVERALL).write_bytes(flipped)
        assert damage(tmp_path).file.endswith(OVERALL)


def test_a_flip_in_the_metadata_without_checksum_never_changes_documents(tmp_path: Path) -> None:
    documents = numbered(3)
    write(tmp_path, documents, documents_per_shard=2)
    content = (tmp_path / META).read_bytes()
    refused = 0
    for position in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            (tmp_path / META).write_bytes(flipped)
            try:
                assert read(tmp_path) == texts(documents)
            except DamagedExport:
                refused += 1
    assert refused > 4 * len(content)


@pytest.mark.parametrize("name", ["", "/etc/hostname", "../output-0", "a/../../output-0"])
def test_a_shard_outside_the_export(tmp_path: Path, name: str) -> None:
    write(tmp_path, numbered(1))
    meta = export_messages.Meta.FromString((tmp_path / META).read_bytes())
    meta.output[0].file[0] = name
    (tmp_path / META).write_bytes(meta.SerializeToString())
    assert "leaves the export's directory" in damage(tmp_path).what


def test_times_that_are_missing_or_turned(tmp_path: Path) -> None:
    write(tmp_path, numbered(1))
    for field, number in (("started_at_us", FINISHED_US + 1), ("finished_at_us", 0)):
        meta = export_messages.Meta.FromString((tmp_path / META).read_bytes())
        setattr(meta.header, field, number)
        (tmp_path / META).write_bytes(meta.SerializeToString())
        assert "times of the export" in damage(tmp_path).what


@pytest.mark.parametrize("records", [[], [b"3"], [b"2", b""], [b"3", b"", b""], [b"3", b"\xff"]])
def test_overall_metadata_of_another_shape(tmp_path: Path, records: list[bytes]) -> None:
    write(tmp_path, numbered(1))
    put_records(tmp_path / OVERALL, *records)
    assert damage(tmp_path).file.endswith(OVERALL)
