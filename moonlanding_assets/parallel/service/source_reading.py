"""A whole live system read at one moment, and documents of it by name. Secrets are never asked for.

Holds the reading alone; what it finds missing is forward/reading.py's business, and drift's.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS
from moonlanding_assets.errors import IncompleteRead
from moonlanding_assets.live_settings import Live
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.parallel.service.as_of import AsOf
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.clock import SystemClock
from moonlanding_assets.source.firestore_api import Counted, FirestoreApi
from moonlanding_assets.source.firestore_names import Range, without
from moonlanding_assets.source.firestore_retry import Pace, Patience
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.taking import Tally, take
from moonlanding_assets.source.withholding import secret_collection, secret_stems

_LOOKUP = 100  # documents in one question
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class SourceReading:
    """One system, as it can be read again and again."""

    system: str
    api: FirestoreApi
    patience: Patience
    page_size: int = 1000

    def moment(self) -> int:
        """The server's own time now, in microseconds since 1970."""
        root = SYSTEM_ROOTS[self.system][0]
        ask = partial(self.api.count, Counted(collection=root, is_deep=False), read_time_us=None)
        return self.patience.ask(f"{self.api.home}: the time", ask)[1]

    def documents(self, read_time_us: int) -> Iterator[RawDocument]:
        """Every document as of that moment; raises IncompleteRead unless it is what is counted."""
        for inside in without(secret_stems()):
            counted = self.count(inside, read_time_us)
            found = 0
            for document in self.inside(inside, read_time_us):
                found += 1
                yield document
            if found != counted:
                raise IncompleteRead(f"{self.api.home}: {found} documents read, {counted} counted")

    def count(self, inside: Range, read_time_us: int) -> int:
        """How many documents the range holds at that moment."""
        ask = partial(self.api.count, Counted(inside=inside), read_time_us=read_time_us)
        return self.patience.ask(f"{self.api.home}: a count", ask)[0]

    def inside(self, inside: Range, read_time_us: int) -> Iterator[RawDocument]:
        """The documents of a range as of that moment, in Firestore's order of names."""
        last = ""
        while True:
            ask = partial(
                self.api.page, inside, after=last, limit=self.page_size, read_time_us=read_time_us
            )
            page = self.patience.ask(f"{self.api.home}: a page of documents", ask)
            for message in page:
                last = message.name[len(self.api.home.root) + 1 :]
                document = self._taken(last, message)
                if document is not None:
                    yield document
            if len(page) < self.page_size:
                return

    def lookup(self, paths: Sequence[str], read_time_us: int) -> dict[str, AsOf | None]:
        """Those documents as of that moment, None of each that is not there or is secret."""
        found: dict[str, AsOf | None] = dict.fromkeys(paths)
        asked = [path for path in found if secret_collection(path) is None]
        for start in range(0, len(asked), _LOOKUP):
            part = asked[start : start + _LOOKUP]
            ask = partial(self.api.lookup, part, read_time_us=read_time_us)
            answers = self.patience.ask(f"{self.api.home}: documents by name", ask)
            for path, message in answers.items():
                if message is not None:
                    found[path] = self._as_of(path, message)
        return found

    def _as_of(self, path: str, message: Any) -> AsOf | None:
        document = self._taken(path, message)
        if document is None:
            return None
        time_us = LiveDocument(path, message).update_time_us
        return AsOf(document=document, update_time_us=time_us)

    def _taken(self, path: str, message: Any) -> RawDocument | None:
        row = take(self.system, LiveDocument(path, message), Tally())
        if row is None:
            return None
        return RawDocument(
            path=row["path"], collection=row["collection"], fields=row["fields"],
            sha256=row["sha256"],
        )  # fmt: skip


@contextmanager
def live_readings(live: Live) -> Iterator[dict[str, SourceReading]]:
    """Both live systems, to be read; raises SettingsError where a project is not named."""
    with ExitStack() as opened:
        yield {system: _reading(system, live, opened) for system in SYSTEMS}


def _reading(system: str, live: Live, opened: ExitStack) -> SourceReading:
    home = Home(project=live.project(system), database=live.database, emulator=live.emulator)
    clock = SystemClock()
    pace = Pace(clock=clock, limit=live.max_reads_per_second)
    api = opened.enter_context(FirestoreApi(home, timeout_seconds=_TIMEOUT_SECONDS, pace=pace))
    patience = Patience(clock=clock, pace=pace)
    return SourceReading(system=system, api=api, patience=patience, page_size=live.page_size)
