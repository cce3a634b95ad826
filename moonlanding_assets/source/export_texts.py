"""Documents of an export straight from bytes to canonical text, many at a time, compiled.

The reference is export_values.py. This reader gives the same text for what Firestore writes; for
whatever is odd it gives none, and the reference reads or refuses that document.
Importing this module takes a second, and fifteen the first time after a change of native_*.py.
"""

from collections.abc import Sequence

import numpy as np
import orjson

from moonlanding_assets.source.native_bytes import Bytes, Numbers
from moonlanding_assets.source.native_properties import COLUMNS, DOUBLES, ROOM_ROWS, STATE_PLACES
from moonlanding_assets.source.native_text import put_doubles, write_paths, write_texts
from moonlanding_assets.source.native_values import BITS

_ROOM_BYTES = 2**24  # of the texts of a batch; more where a single document needs it
_ROOM_DOUBLES = 2**19
_GROWTH = 4
_PATH_GROWTH = 3  # as an element of a path, 7 bytes read `a/__id7__/`
_PATH_SPARE = 256
# A document without a key: its field `d` is the double 0.
_SAMPLE = bytes.fromhex("7a10 1a0164 2000 2a09 21 0000000000000000")
_NAME_BYTES = len('"-Infinity"')


class Batch:
    """Some documents of one shard, as the bytes of their records."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._source: Bytes = np.frombuffer(b"".join(records), np.uint8)
        self._ends: Numbers = np.cumsum([len(record) for record in records], dtype=np.int64)

    def paths(self, app: bytes, database: bytes) -> list[str]:
        """The path of each document, "" where it is odd or its key is of another app or database.

        Both are as the key of the export's documents spells them.
        """
        out = np.empty(len(self._source) * _PATH_GROWTH + _PATH_SPARE, np.uint8)
        ends = np.empty(len(self._ends), np.int64)
        write_paths(self._source, self._ends, _bytes(app), _bytes(database), out, ends)
        return _parts(out, ends)

    def texts(self, which: Sequence[int], memory: "Memory") -> list[str]:
        """The canonical text of each of those documents, "" where it is odd."""
        numbers = np.array(which, np.int64)
        ends = self._ends[numbers]
        begins = np.where(numbers > 0, self._ends[numbers - 1], 0)
        texts: list[str] = []
        while (done := len(texts)) < len(which):
            texts += memory.texts(self._source, begins[done:], ends[done:])
            if len(texts) == done:
                memory.grow()
        return texts


class Memory:
    """What the compiled code writes into; for one batch at a time."""

    def __init__(self) -> None:
        self._out: Bytes = np.empty(_ROOM_BYTES, np.uint8)
        self._doubles: Numbers = np.empty((2, _ROOM_DOUBLES), np.int64)
        self._rows: Numbers = np.empty((2 * ROOM_ROWS, COLUMNS), np.int64)
        self._state: Numbers = np.zeros(STATE_PLACES, np.int64)

    def texts(self, source: Bytes, begins: Numbers, ends: Numbers) -> list[str]:
        """The texts of the first documents, as many as there is room for."""
        text_ends = np.empty(len(begins), np.int64)
        count = write_texts(
            source, begins, ends, self._out, self._state, self._rows, self._doubles, text_ends
        )
        text_ends = text_ends[:count]
        doubles = int(self._state[DOUBLES])
        if not (count and doubles):
            return _parts(self._out, text_ends)
        numbers = self._doubles[BITS, :doubles].view(np.float64)
        digits = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)
        room = int(text_ends[-1]) + len(digits) + doubles * _NAME_BYTES
        whole: Bytes = np.empty(room, np.uint8)
        whole_ends: Numbers = np.empty(count, np.int64)
        put_doubles(self._out, text_ends, self._doubles, doubles, _bytes(digits), whole, whole_ends)
        return _parts(whole, whole_ends)

    def grow(self) -> None:
        """More room, for a document that has not enough."""
        self._out = np.empty(len(self._out) * _GROWTH, np.uint8)
        self._doubles = np.empty((2, self._doubles.shape[1] * _GROWTH), np.int64)


def load() -> None:
    """Compiles what is not kept on the disk yet, or takes it from there."""
    batch = Batch([_SAMPLE])
    batch.paths(b"", b"")
    batch.texts([0], Memory())


def _bytes(content: bytes) -> Bytes:
    return np.frombuffer(content, np.uint8)


def _parts(text: Bytes, ends: Numbers) -> list[str]:
    """The texts that end there, one behind the other."""
    stops = ends.tolist()
    whole = text[: stops[-1]].tobytes() if stops else b""
    return [whole[begin:end].decode() for begin, end in zip([0, *stops], stops, strict=False)]
