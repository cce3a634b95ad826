"""The last line of the sign-off log, kept beside it, so that a log that was cut off is noticed.

A chain of hashes proves the lines that are there; it cannot know that the newest are gone. So
`signoffs.head` holds how many there are and the last one's hash. It is written before a line is
appended (the line is announced) and again after: a process that is killed between the two leaves a
log that is believed, with the line or without it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from moonlanding_assets.load.files import put_in_place, sync
from moonlanding_assets.settings import Layout

FIRST = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Head:
    """How many lines there are, and the hash of the last; `coming`: of a line that is announced."""

    number: int
    hash: str
    coming: str = ""

    def fits(self, hashes: Sequence[str]) -> bool:
        """Whether these are all the lines of the log, the announced one there or not."""
        rest = list(hashes[self.number :])
        last = hashes[self.number - 1] if 0 < self.number <= len(hashes) else FIRST
        is_whole = len(hashes) >= self.number and last == self.hash
        return is_whole and rest in ([], [self.coming])


def head_file(layout: Layout) -> Path:
    """Where the head is: beside the log."""
    return layout.signoffs.with_suffix(".head")


def write_head(layout: Layout, head: Head) -> None:
    """Put the head in the place of the one before, through to the disk."""
    file = head_file(layout)
    put_in_place(file, orjson.dumps(asdict(head), option=orjson.OPT_APPEND_NEWLINE))
    sync(file)


def read_head(layout: Layout) -> Head | None:
    """The head; None when there is none, or none that can be read."""
    try:
        return Head(**orjson.loads(head_file(layout).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
