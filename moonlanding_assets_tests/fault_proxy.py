"""A gRPC proxy of our own on the loopback, in front of the emulator: faults, and PartitionQuery.

Every call is written down. What happens to it is decided by a plan: a function of the call. Adds
PartitionQuery, which the emulator lacks. Holds no test.
"""

import contextlib
import functools
import itertools
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore, query

SERVICE = "/google.firestore.v1.Firestore/"
STREAMS = ("RunQuery", "RunAggregationQuery")
REQUESTS = {
    "RunQuery": firestore.RunQueryRequest.pb(),
    "RunAggregationQuery": firestore.RunAggregationQueryRequest.pb(),
    "PartitionQuery": firestore.PartitionQueryRequest.pb(),
    "ListCollectionIds": firestore.ListCollectionIdsRequest.pb(),
}
OURS = ("user-agent", "grpc-")  # metadata that each hop makes anew
STALL_SECONDS = 30

_ANSWER = firestore.RunQueryResponse.pb()

Messages = Iterator[bytes]


@dataclass(frozen=True)
class Call:
    """One call as it came in; `number` counts those of its method, from 1."""

    rpc: str
    number: int
    request: Any


class Fault:
    """What happens to a call; this one: nothing."""

    def asked(self, request: Any) -> Any:
        """The request that the emulator gets."""
        return request

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        """The messages that the client gets."""
        yield from messages


@dataclass
class Status(Fault):
    """A status instead of the message after the first so many."""

    code: grpc.StatusCode
    after: int = 0
    details: str = "a fault on purpose"

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        yield from itertools.islice(messages, self.after)
        context.abort(self.code, self.details)


@dataclass
class EarlyEnd(Fault):
    """A clean end after so many messages, as if there were no more."""

    after: int = 0

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        yield from itertools.islice(messages, self.after)


@dataclass
class Stall(Fault):
    """Nothing more after so many messages, until the client goes away."""

    after: int = 0
    reached: threading.Event = field(default_factory=threading.Event)

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        gone = threading.Event()
        context.add_callback(gone.set)
        yield from itertools.islice(messages, self.after)
        self.reached.set()
        gone.wait(STALL_SECONDS)


@dataclass
class Again(Fault):
    """The messages from `first` on come a second time, `count` of them."""

    first: int = 0
    count: int = 1

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        kept = list(messages)
        yield from kept[: self.first + self.count]
        yield from kept[self.first :]


@dataclass
class Skip(Fault):
    """`count` messages are left out from `first` on; later ones take their place in a page."""

    first: int = 0
    count: int = 1

    def asked(self, request: Any) -> Any:
        if isinstance(request, REQUESTS["RunQuery"]):
            request.structured_query.limit.value += self.count
        return request

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        for place, message in enumerate(messages):
            if not self.first <= place < self.first + self.count:
                yield message


@dataclass
class Swap(Fault):
    """The first two messages come in the wrong order."""

    def answered(self, messages: Messages, context: grpc.ServicerContext) -> Messages:
        kept = list(messages)
        yield from reversed(kept[:2])
        yield from kept[2:]


@dataclass
class OtherMoment(Fault):
    """The answer is of now, whatever read time was asked for."""

    def asked(self, request: Any) -> Any:
        request.ClearField("read_time")
        return request


@dataclass
class First(Fault):
    """Something is done before the call goes on; then nothing more happens to it."""

    action: Callable[[], None]

    def asked(self, request: Any) -> Any:
        self.action()
        return request


Plan = Callable[[Call], Fault | None]


def no_faults(call: Call) -> None:
    """The plan of a proxy that only passes on."""


class FaultProxy:
    """A running proxy; set `plan` at any time. `calls` is what came in since `reset`."""

    def __init__(self, emulator: str, *, has_partitions: bool = True) -> None:
        self.plan: Plan = no_faults
        self.calls: list[Call] = []
        self.documents = 0  # that were sent to clients
        self.has_partitions = has_partitions
        self._lock = threading.Lock()
        options = [("grpc.max_receive_message_length", -1)]
        self._upstream = grpc.insecure_channel(emulator, options=options)
        self._server = grpc.server(ThreadPoolExecutor(16))
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.stop(None).wait()
        self._upstream.close()

    def reset(self, plan: Plan = no_faults) -> None:
        """Forget the calls so far, and go by another plan."""
        with self._lock:
            self.calls, self.documents, self.plan = [], 0, plan

    def count(self, rpc: str) -> int:
        """How many calls of that method there were."""
        with self._lock:
            return sum(call.rpc == rpc for call in self.calls)

    def stream(self, rpc: str, request: bytes, context: grpc.ServicerContext) -> Messages:
        """A call that is answered by a stream."""
        call, fault = self._begun(rpc, request)
        ask = self._upstream.unary_stream(SERVICE + rpc)
        asked = fault.asked(call.request).SerializeToString()
        answer = ask(asked, metadata=passed(context), timeout=STALL_SECONDS)
        try:
            for message in fault.answered(answer, context):
                self._note_sent(rpc, message)
                yield message
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
        finally:
            answer.cancel()

    def single(self, rpc: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        """A call that is answered by one message."""
        call, fault = self._begun(rpc, request)
        asked = fault.asked(call.request)
        try:
            answer = self._answer(rpc, asked, context)
            answers = list(fault.answered(iter([answer]), context))
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
        if not answers:
            context.abort(grpc.StatusCode.INTERNAL, "no message")
        return answers[0]

    def _answer(self, rpc: str, asked: Any, context: grpc.ServicerContext) -> bytes:
        if rpc == "PartitionQuery" and self.has_partitions:
            return self._partitions(asked, context)
        ask = self._upstream.unary_unary(SERVICE + rpc)
        answer: bytes = ask(asked.SerializeToString(), metadata=passed(context), timeout=30)
        return answer

    def _partitions(self, asked: Any, context: grpc.ServicerContext) -> bytes:
        """Cursors at equal distances, in no order, as they may come from Firestore."""
        names = query.StructuredQuery.pb()(select={"fields": [{"field_path": "__name__"}]})
        names.MergeFrom(asked.structured_query)
        request = REQUESTS["RunQuery"](parent=asked.parent, structured_query=names)
        request.read_time.CopyFrom(asked.read_time)
        ask = self._upstream.unary_stream(
            f"{SERVICE}RunQuery", response_deserializer=firestore.RunQueryResponse.pb().FromString
        )
        answers = ask(request.SerializeToString(), metadata=passed(context), timeout=30)
        found = [one.document.name for one in answers if one.document.name]
        step = max(len(found) // (asked.partition_count + 1), 1)
        chosen = found[step::step][: asked.partition_count]
        random.Random(len(found)).shuffle(chosen)
        response = firestore.PartitionQueryResponse.pb()()
        for name in chosen:
            response.partitions.add().values.add().reference_value = name
        content: bytes = response.SerializeToString()
        return content

    def _note_sent(self, rpc: str, message: bytes) -> None:
        """Count a document on its way; under the lock, since streams run side by side."""
        if rpc != "RunQuery":
            return
        is_document = bool(_ANSWER.FromString(message).document.name)
        with self._lock:
            self.documents += is_document

    def _begun(self, rpc: str, request: bytes) -> tuple[Call, Fault]:
        with self._lock:
            number = sum(call.rpc == rpc for call in self.calls) + 1
            call = Call(rpc, number, REQUESTS[rpc].FromString(request))
            self.calls.append(call)
            plan = self.plan
        return call, plan(call) or Fault()


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy

    def service(self, details: Any) -> Any:
        rpc = details.method.removeprefix(SERVICE)
        if rpc not in REQUESTS:
            return None
        if rpc in STREAMS:
            return grpc.unary_stream_rpc_method_handler(functools.partial(self._proxy.stream, rpc))
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._proxy.single(rpc, request, context)
        )


def passed(context: grpc.ServicerContext) -> list[tuple[str, str]]:
    return [one for one in context.invocation_metadata() if not one[0].startswith(OURS)]


@contextlib.contextmanager
def running(emulator: str, **options: Any) -> Iterator[FaultProxy]:
    """A started proxy, stopped at the end."""
    proxy = FaultProxy(emulator, **options)
    try:
        yield proxy
    finally:
        proxy.close()
