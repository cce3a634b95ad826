"""Listening to a live system: a stream that is opened again when it breaks, into a queue.

A thread reads; whoever owns the queue turns messages into events (listen_stream.py) and applies
them. Uses the raw Listen call: the client library's watch hides read times and resume tokens.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore
from google.protobuf.json_format import ParseDict

from moonlanding_assets.parallel.service.listen_targets import Target
from moonlanding_assets.parallel.service.whole_readings import WholeReading
from moonlanding_assets.source.clock import StoppedError
from moonlanding_assets.source.firestore_retry import RETRIED, Patience
from moonlanding_assets.source.firestore_wire import SERVICE, Home, bytes_of, channel_to


@dataclass(frozen=True, kw_only=True)
class Message:
    """One thing that came of a system: a ListenResponse, a stream that opened or ended.

    opened: the token that it was opened with; None of anything else. is_closed: it broke, and is
    opened again. error: why there is no more. reading: what a whole reading found. at: when it
    came, by this machine's monotonic clock.
    """

    system: str
    response: Any = None
    opened: bytes | None = None
    is_closed: bool = False
    error: BaseException | None = None
    reading: WholeReading | None = None
    at: float = field(default_factory=time.monotonic)


@dataclass
class Listener:
    """Listens to one system, until `stop`; `token` is where to go on after a break.

    heard_at: when a stream was last opened or told anything, by this machine's monotonic clock.
    """

    system: str
    home: Home
    targets: tuple[Target, ...]
    queue: "SimpleQueue[Message]"
    patience: Patience
    token: bytes = b""
    heard_at: float = field(default_factory=time.monotonic)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _is_reopening: bool = False
    _call: Any = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def reopen(self) -> None:
        """Break the stream and open it again: it may be half open, and tell nothing any more."""
        self._is_reopening, self.heard_at = True, time.monotonic()
        if self._call is not None:
            self._call.cancel()

    def stop(self) -> None:
        """End the stream and the thread."""
        self._stopped.set()
        self.patience.clock.stop()
        if self._call is not None:
            self._call.cancel()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        attempt = 0
        while not self._stopped.is_set():
            channel = channel_to(self.home)
            try:
                for response in self._responses(channel):
                    attempt, self.heard_at = 0, time.monotonic()
                    self.queue.put(Message(system=self.system, response=response))
            except grpc.RpcError as error:
                if self._stopped.is_set():
                    return
                if error.code() not in RETRIED and not self._is_reopening:
                    self.queue.put(Message(system=self.system, error=error))
                    return
            finally:
                channel.close()
            self._is_reopening = False
            self.queue.put(Message(system=self.system, is_closed=True))
            attempt += 1
            try:
                self.patience.wait(attempt)
            except StoppedError:
                return

    def _responses(self, channel: grpc.Channel) -> Iterator[Any]:
        requests: SimpleQueue[Any] = SimpleQueue()
        token, self.heard_at = self.token, time.monotonic()
        database = self.home.root.removesuffix("/documents")
        for number, target in enumerate(self.targets, 1):
            content = {**target.request(self.home.root), "targetId": number}
            message = ParseDict({"database": database, "addTarget": content}, _Request())
            message.add_target.resume_token = token
            requests.put(message)
        self.queue.put(Message(system=self.system, opened=token))
        listen = channel.stream_stream(
            f"{SERVICE}Listen",
            request_serializer=bytes_of,
            response_deserializer=_Response.FromString,
        )
        metadata = [("google-cloud-resource-prefix", database)]
        if self.home.emulator:
            metadata.append(("authorization", "Bearer owner"))
        self._call = listen(iter(requests.get, None), metadata=metadata)
        if self._stopped.is_set():  # `stop` may have come before there was a call
            self._call.cancel()
        try:
            yield from self._call
        finally:
            requests.put(None)


_Request = firestore.ListenRequest.pb()
_Response = firestore.ListenResponse.pb()
