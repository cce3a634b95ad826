"""Records of a managed export's files: LevelDB log framing with CRC32C, read and written.

A file is a row of 32 KiB blocks; a record is one fragment (FULL) or several (FIRST, MIDDLE,
LAST), each with its own checksum; zeros fill what is left of a block.
Holds nothing about what a record means.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from moonlanding_assets.errors import DamagedExport

BLOCK_BYTES = 32_768
HEADER_BYTES = 7

_HEADER = struct.Struct("<IHB")  # masked checksum, bytes of data, type
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MASK_DELTA = 0xA282EAD8
_READ_BYTES = 32 * BLOCK_BYTES
_TYPE_BYTES = {kind: bytes((kind,)) for kind in (_FULL, _FIRST, _MIDDLE, _LAST)}


class RecordReader:
    """Iterates (byte offset, data) of one file's records, in order, once.

    Raises DamagedExport, with the offset, for a checksum that does not fit, a record that is
    cut, fragments out of order and anything but zeros where padding belongs.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._open_at = -1
        self._parts: list[bytes] = []

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        try:
            with self.file.open("rb") as stream:
                yield from self._records(stream)
        except FileNotFoundError:
            raise DamagedExport(self.file, "the metadata names this file, but it is missing") from (
                None
            )

    def _records(self, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
        base = 0
        while chunk := stream.read(_READ_BYTES):
            for start in range(0, len(chunk), BLOCK_BYTES):
                block = chunk[start : start + BLOCK_BYTES]
                yield from self._block(block, base + start)
            base += len(chunk)
        if self._parts:
            raise self._damaged(self._open_at, "the file ends inside a record that begins here")

    def _block(self, block: bytes, base: int) -> Iterator[tuple[int, bytes]]:
        position = 0
        while position + HEADER_BYTES <= len(block):
            checksum, length, kind = _HEADER.unpack_from(block, position)
            if kind == 0:
                break
            begin = position + HEADER_BYTES
            data = block[begin : begin + length]
            if len(data) != length:
                raise self._damaged(base + position, self._cut(len(block), length))
            self._check(base + position, checksum, kind, data)
            at = base + position
            position = begin + length
            whole = data if kind == _FULL else self._joined(at, kind, data)
            if whole is not None:
                yield (at if kind == _FULL else self._open_at), whole
        self._check_padding(block, position, base)

    def _check(self, at: int, checksum: int, kind: int, data: bytes) -> None:
        head = _TYPE_BYTES.get(kind)
        if head is None:
            raise self._damaged(at, f"a record of the unknown type {kind}")
        if masked_checksum(head + data) != checksum:
            raise self._damaged(at, "the checksum of the record does not fit its bytes")
        if (kind in (_FULL, _FIRST)) == bool(self._parts):
            raise self._damaged(at, "the fragments of a record are not in order")

    def _joined(self, at: int, kind: int, data: bytes) -> bytes | None:
        if kind == _FIRST:
            self._open_at = at
        self._parts.append(data)
        if kind != _LAST:
            return None
        whole = b"".join(self._parts)
        self._parts = []
        return whole

    def _check_padding(self, block: bytes, position: int, base: int) -> None:
        rest = block[position:]
        if rest.strip(b"\0"):
            raise self._damaged(base + position, "the header of a record is cut or overwritten")

    def _cut(self, block_bytes: int, length: int) -> str:
        if block_bytes < BLOCK_BYTES:
            return f"the file ends inside a record of {length} bytes"
        return f"a record of {length} bytes does not fit into its block"

    def _damaged(self, at: int, what: str) -> DamagedExport:
        return DamagedExport(self.file, what, offset=at)


class RecordWriter:
    """Writes records to a stream that starts empty; `size` is what was written, in bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0

    def write(self, data: bytes) -> None:
        """One record, in as many fragments as blocks demand."""
        begin = 0
        is_first = True
        while True:
            piece = data[begin : begin + self._room()]
            begin += len(piece)
            is_last = begin == len(data)
            self._fragment(_kind(is_first=is_first, is_last=is_last), piece)
            if is_last:
                return
            is_first = False

    def _room(self) -> int:
        # Where exactly a header fits the first fragment is empty, as LevelDB and Google write it.
        left = BLOCK_BYTES - self.size % BLOCK_BYTES
        if left < HEADER_BYTES:
            self._put(bytes(left))
            left = BLOCK_BYTES
        return left - HEADER_BYTES

    def _fragment(self, kind: int, piece: bytes) -> None:
        checksum = masked_checksum(_TYPE_BYTES[kind] + piece)
        self._put(_HEADER.pack(checksum, len(piece), kind) + piece)

    def _put(self, content: bytes) -> None:
        self._stream.write(content)
        self.size += len(content)


def masked_checksum(content: bytes) -> int:
    """CRC32C, rotated and shifted as LevelDB stores it: 32 bits."""
    checksum: int = google_crc32c.value(content)
    return ((checksum >> 15 | checksum << 17) + _MASK_DELTA) & 0xFFFFFFFF


def _kind(*, is_first: bool, is_last: bool) -> int:
    if is_first:
        return _FULL if is_last else _FIRST
    return _LAST if is_last else _MIDDLE
