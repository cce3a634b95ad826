"""An emulator's database filled with documents, so that live reading can be tried on invented data.

Never writes to Firestore itself: only to an address of an emulator, and only there what it holds
is cleared first. Holds no reading.
"""

import http.client
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore, write
from google.protobuf.json_format import ParseDict

from moonlanding_assets.errors import LiveReadError, SettingsError
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.firestore_wire import SERVICE, Home, bytes_of, channel_to, metadata
from moonlanding_assets.source.value import Fields

BATCH_DOCUMENTS = 400  # Firestore takes 500 writes at once, the emulator messages of 4 MiB
BATCH_BYTES = 2 * 2**20
TIMEOUT_SECONDS = 60.0

_COMMIT = firestore.CommitRequest.pb()
_WRITE = write.Write.pb()
_COMMITTED = firestore.CommitResponse.pb()


def fill(documents: Iterable[tuple[str, Fields]], home: Home, *, progress: Progress) -> int:
    """Puts the documents (path, REST fields) in place of what the database held; how many.

    Raises SettingsError where `home` is no emulator, LiveReadError where none answers.
    """
    if not home.emulator:
        raise SettingsError(
            "only an emulator is filled: name its HOST:PORT, or set FIRESTORE_EMULATOR_HOST"
        )
    try:
        _clear(home)
        with channel_to(home) as channel:
            return _commit_all(channel, documents, home, progress)
    except (OSError, http.client.HTTPException) as error:
        raise LiveReadError(
            f"no Firestore emulator answers at {home.emulator} ({type(error).__name__}): start it "
            f"first, docs/live.md says how"
        ) from None
    except grpc.RpcError as error:
        raise LiveReadError(
            f"{home}: the emulator took no more documents ({error.code().name})"
        ) from None


def _commit_all(
    channel: grpc.Channel, documents: Iterable[tuple[str, Fields]], home: Home, progress: Progress
) -> int:
    commit = channel.unary_unary(
        f"{SERVICE}Commit",
        request_serializer=bytes_of,
        response_deserializer=_COMMITTED.FromString,
    )
    total = 0
    for request in _requests(documents, home):
        commit(request, timeout=TIMEOUT_SECONDS, metadata=metadata(home, home.root))
        total += len(request.writes)
        progress.advance(len(request.writes))
    return total


def _requests(documents: Iterable[tuple[str, Fields]], home: Home) -> Iterator[Any]:
    request = _COMMIT(database=home.root.removesuffix("/documents"))
    size_bytes = 0
    for path, fields in documents:
        one = ParseDict({"update": {"name": f"{home.root}/{path}", "fields": fields}}, _WRITE())
        is_full = len(request.writes) == BATCH_DOCUMENTS
        if request.writes and (is_full or size_bytes + one.ByteSize() > BATCH_BYTES):
            yield request
            request = _COMMIT(database=request.database)
            size_bytes = 0
        request.writes.append(one)
        size_bytes += one.ByteSize()
    if request.writes:
        yield request


def _clear(home: Home) -> None:
    connection = http.client.HTTPConnection(home.emulator, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("DELETE", f"/emulator/v1/{home.root}")
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise http.client.HTTPException(f"status {answer.status}")
    finally:
        connection.close()
