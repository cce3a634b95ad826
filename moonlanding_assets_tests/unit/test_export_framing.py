"""LevelDB log framing: records of every length, and every way of being damaged."""

import io
from pathlib import Path

import pytest

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.source.export_framing import (
    BLOCK_BYTES,
    HEADER_BYTES,
    RecordReader,
    RecordWriter,
    masked_checksum,
)

FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def framed(*records: bytes) -> bytes:
    stream = io.BytesIO()
    writer = RecordWriter(stream)
    for record in records:
        writer.write(record)
    assert writer.size == len(stream.getvalue())
    return stream.getvalue()


def fragment(kind: int, data: bytes) -> bytes:
    head = masked_checksum(bytes((kind,)) + data).to_bytes(4, "little")
    return head + len(data).to_bytes(2, "little") + bytes((kind,)) + data


def read(tmp_path: Path, content: bytes) -> list[tuple[int, bytes]]:
    file = tmp_path / "output-0"
    file.write_bytes(content)
    return list(RecordReader(file))


def damage(tmp_path: Path, content: bytes) -> DamagedExport:
    with pytest.raises(DamagedExport) as caught:
        read(tmp_path, content)
    assert caught.value.file == str(tmp_path / "output-0")
    assert f"{tmp_path / 'output-0'} at byte {caught.value.offset}: " in str(caught.value)
    return caught.value


def test_the_bytes_are_those_that_google_writes() -> None:
    # The version record of every export: b"3".
    assert framed(b"3") == bytes.fromhex("b86d444e01000133")


def test_the_checksum_is_the_masked_one_of_leveldb() -> None:
    assert masked_checksum(b"") == 0xA282EAD8
    # The checksum of "123456789" is the standard check value of CRC32C, 0xE3069283.
    check = 0xE3069283
    rotated = (check >> 15 | check << 17) & 0xFFFFFFFF
    assert masked_checksum(b"123456789") == (rotated + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize(
    "length",
    [
        0,
        1,
        BLOCK_BYTES - HEADER_BYTES - 1,
        BLOCK_BYTES - HEADER_BYTES,
        BLOCK_BYTES - HEADER_BYTES + 1,
        3 * BLOCK_BYTES,
        1_048_576,
    ],
)
def test_a_record_of_any_length_between_two_others(tmp_path: Path, length: int) -> None:
    records = [b"before", b"\xab" * length, b"after"]
    assert [data for _, data in read(tmp_path, framed(*records))] == records


@pytest.mark.parametrize("left", range(12))
def test_a_record_after_one_that_ends_just_before_its_block_does(tmp_path: Path, left: int) -> None:
    first = b"x" * (BLOCK_BYTES - HEADER_BYTES - left)
    content = framed(first, b"second")
    at = BLOCK_BYTES if left < HEADER_BYTES else BLOCK_BYTES - left
    assert read(tmp_path, content) == [(0, first), (at, b"second")]
    if left < HEADER_BYTES:
        assert content[BLOCK_BYTES - left : BLOCK_BYTES] == bytes(left)
    if left == HEADER_BYTES:  # an empty first fragment, as the emulator writes it
        assert content[BLOCK_BYTES - left : BLOCK_BYTES] == fragment(FIRST, b"")


def test_offsets_name_where_a_record_begins(tmp_path: Path) -> None:
    records = [b"a" * 10, b"b" * 40_000, b"c"]
    offsets = [offset for offset, _ in read(tmp_path, framed(*records))]
    assert offsets == [0, 17, 17 + 40_000 + 2 * HEADER_BYTES]


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert read(tmp_path, b"") == []


@pytest.mark.parametrize("padding", [1, 6, 7, 100, BLOCK_BYTES, 11 * BLOCK_BYTES])
def test_zeros_after_the_last_record_are_padding(tmp_path: Path, padding: int) -> None:
    content = framed(b"one", b"two") + bytes(padding)
    assert [data for _, data in read(tmp_path, content)] == [b"one", b"two"]


def test_records_go_on_after_a_padded_block(tmp_path: Path) -> None:
    content = framed(b"one").ljust(BLOCK_BYTES, b"\0") + framed(b"two")
    assert read(tmp_path, content) == [(0, b"one"), (BLOCK_BYTES, b"two")]


def test_a_flip_of_any_bit_is_seen(tmp_path: Path) -> None:
    content = framed(b"first record", b"x" * 40)
    begins = 12 + HEADER_BYTES
    for position in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            found = damage(tmp_path, bytes(flipped))
            assert found.offset == (0 if position < begins else begins)


def test_a_cut_at_any_byte_is_seen_but_between_records(tmp_path: Path) -> None:
    content = framed(b"first record", b"x" * 40_000)
    second = 12 + HEADER_BYTES
    cuts = [*range(second + 1, second + 50), BLOCK_BYTES, *range(len(content) - 50, len(content))]
    for cut in cuts:
        assert damage(tmp_path, content[:cut]).offset in (second, BLOCK_BYTES)
    assert read(tmp_path, content[:second]) == [(0, b"first record")]


def test_a_block_that_is_missing_is_seen(tmp_path: Path) -> None:
    content = framed(b"x" * 200_000)
    damage(tmp_path, content[:BLOCK_BYTES] + content[2 * BLOCK_BYTES - 1 :])
    damage(tmp_path, content[BLOCK_BYTES:])


@pytest.mark.parametrize(
    ("content", "offset", "what"),
    [
        (fragment(MIDDLE, b"a"), 0, "not in order"),
        (fragment(LAST, b"a"), 0, "not in order"),
        (fragment(FIRST, b"a") + fragment(FULL, b"b"), 8, "not in order"),
        (fragment(FIRST, b"a") + fragment(FIRST, b"b"), 8, "not in order"),
        (fragment(FULL, b"a") + fragment(FIRST, b"b"), 8, "ends inside a record that begins"),
        (fragment(FULL, b"a") + fragment(5, b"b"), 8, "unknown type 5"),
        (fragment(FULL, b"a") + b"\0\0\0\1\0\0\0", 8, "cut or overwritten"),
        (fragment(FULL, b"a") + bytes(20) + b"\1", 8, "cut or overwritten"),
        (fragment(FULL, b"a") + b"\0\0\1", 8, "cut or overwritten"),
        (b"\0\0\0\0\xff\xff\1".ljust(BLOCK_BYTES, b"a"), 0, "does not fit into its block"),
    ],
)
def test_what_no_writer_writes_is_refused(
    tmp_path: Path, content: bytes, offset: int, what: str
) -> None:
    found = damage(tmp_path, content)
    assert found.offset == offset
    assert what in found.what


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DamagedExport, match="is missing"):
        list(RecordReader(tmp_path / "output-7"))
