"""Parts of a database read page by page into the journal, by several threads, at one read time.

A part is finished when the server counts, at that time, as many documents as were read. Holds no
wire format, no choice of the read time, and nothing of what is built from the journal.
"""

import threading
from collections import deque
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any

from moonlanding_assets.errors import IncompleteRead, LiveReadError
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.clock import Clock
from moonlanding_assets.source.firestore_api import Counted, FirestoreApi
from moonlanding_assets.source.firestore_journal import Journal, Part
from moonlanding_assets.source.firestore_names import Range
from moonlanding_assets.source.firestore_retry import Patience
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.taking import Tally, take

READINGS = 3  # of a part whose count does not fit, before the run gives up

Event = int | BaseException | None  # documents more, what went wrong, a thread ended


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads what the journal says is left."""

    system: str
    api: FirestoreApi
    journal: Journal
    patience: Patience
    clock: Clock
    page_size: int
    read_time_us: int

    def read(self, *, progress: Progress, parallel: int) -> None:
        """Every part to its end; raises LiveReadError, with what was read in the journal."""
        waiting = deque(part.number for part in self.journal.parts() if not part.is_done)
        events: SimpleQueue[Event] = SimpleQueue()
        threads = [
            threading.Thread(target=self._work, args=(waiting, events), daemon=True)
            for _ in range(min(parallel, len(waiting)))
        ]
        try:
            for thread in threads:
                thread.start()
            self._follow(events, len(threads), progress)
        except BaseException:
            self.clock.stop()
            self.api.close()
            raise
        finally:
            for thread in threads:
                thread.join()

    def _follow(self, events: "SimpleQueue[Event]", threads: int, progress: Progress) -> None:
        while threads:
            event = events.get()
            if event is None:
                threads -= 1
            elif isinstance(event, int):
                progress.advance(event)
            else:
                raise event

    def _work(self, waiting: "deque[int]", events: "SimpleQueue[Event]") -> None:
        try:
            while (number := _next_of(waiting)) is not None:
                self._read_part(number, events)
        except BaseException as error:  # the thread that waits for events raises it
            events.put(error)
        events.put(None)

    def _read_part(self, number: int, events: "SimpleQueue[Event]") -> None:
        readings = stuck = 0
        while True:
            is_full = self._read_page(self.journal.part(number), events)
            stuck = 0 if is_full else stuck + 1
            if is_full:
                continue
            part = self.journal.part(number)
            counted = self._count(part.inside)
            if counted == part.documents:
                self.journal.finish(part)
                return
            if counted > part.documents and stuck < self.patience.attempts and self._rest(part):
                self.patience.wait(stuck)  # the answer ended early, as if it were the last
                continue
            readings += 1
            if readings == READINGS:
                raise IncompleteRead(
                    f"{self.api.home}, {part.inside}: {part.documents} documents were read and "
                    f"{counted} counted at the same read time, {READINGS} times in a row."
                )
            self.journal.forget(part)
            events.put(-part.documents)
            self.patience.wait(readings)

    def _read_page(self, part: Part, events: "SimpleQueue[Event]") -> bool:
        """Adds the next page to the journal; whether it was full."""
        ask = partial(
            self.api.page,
            part.inside,
            after=part.last,
            limit=self.page_size,
            read_time_us=self.read_time_us,
        )
        messages = self.patience.ask(f"{self.api.home}: a page of documents", ask)
        if messages:
            rows, tally = self._rows(messages)
            self.journal.add(part, rows, tally, last=rows[-1]["path"])
            events.put(len(rows))
        return len(messages) == self.page_size

    def _rows(self, messages: list[Any]) -> tuple[list[dict[str, Any]], Tally]:
        tally = Tally()
        rows = []
        start = len(self.api.home.root) + 1
        for message in messages:
            row = take(self.system, LiveDocument(message.name[start:], message), tally)
            if row is None:
                raise LiveReadError(f"{self.api.home}: a secret document came without being asked")
            tally.collections[row["collection"]] += 1
            rows.append(row)
        return rows, tally

    def _rest(self, part: Part) -> int:
        """How many documents of the part come after the last one that was read."""
        if not part.last:
            return self._count(part.inside)
        return self._count(Range(first=part.last, end=part.inside.end)) - 1

    def _count(self, inside: Range) -> int:
        ask = partial(self.api.count, Counted(inside=inside), read_time_us=self.read_time_us)
        return self.patience.ask(f"{self.api.home}: a count", ask)[0]


def _next_of(waiting: "deque[int]") -> int | None:
    try:
        return waiting.popleft()
    except IndexError:  # another thread took the last one
        return None
