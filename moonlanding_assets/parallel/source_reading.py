"""A whole live system read at one moment, for what no listener told. Secrets are never asked for.

Holds the reading alone; what it finds missing is reading.py's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS
from moonlanding_assets.errors import IncompleteRead
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.source.firestore_api import Counted, FirestoreApi
from moonlanding_assets.source.firestore_names import Range, without
from moonlanding_assets.source.firestore_retry import Patience
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.taking import Tally, take
from moonlanding_assets.source.withholding import secret_stems


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
            ask = partial(self.api.count, Counted(inside=inside), read_time_us=read_time_us)
            counted = self.patience.ask(f"{self.api.home}: a count", ask)[0]
            found = 0
            for document in self._inside(inside, read_time_us):
                found += 1
                yield document
            if found != counted:
                raise IncompleteRead(f"{self.api.home}: {found} documents read, {counted} counted")

    def _inside(self, inside: Range, read_time_us: int) -> Iterator[RawDocument]:
        last = ""
        while True:
            ask = partial(
                self.api.page, inside, after=last, limit=self.page_size, read_time_us=read_time_us
            )
            page = self.patience.ask(f"{self.api.home}: a page of documents", ask)
            for message in page:
                last = message.name[len(self.api.home.root) + 1 :]
                row = take(self.system, LiveDocument(last, message), Tally())
                if row is not None:
                    yield RawDocument(
                        path=row["path"], collection=row["collection"], fields=row["fields"],
                        sha256=row["sha256"],
                    )  # fmt: skip
            if len(page) < self.page_size:
                return
