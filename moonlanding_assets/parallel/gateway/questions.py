"""What a client may ask: one document, or one page of a collection; and how a side is asked.

Holds no route and no HTTP.
"""

from dataclasses import dataclass

from moonlanding_assets.parallel.gateway.documents import Documents, Page
from moonlanding_assets.source.value import Fields

Answer = Fields | Page | None


@dataclass(frozen=True)
class ReadOne:
    """One document, by its path."""

    path: str

    def of(self, side: Documents) -> Answer:
        """The side's answer; blocks."""
        return side.read(self.path)

    def concerns(self, path: str) -> bool:
        """Whether a write of that document changes the answer."""
        return path == self.path


@dataclass(frozen=True)
class ListPage:
    """The next documents of a collection's path, after the id `after` ("" the first ones)."""

    path: str
    after: str
    limit: int

    def of(self, side: Documents) -> Answer:
        """The side's answer; blocks."""
        return side.page(self.path, after=self.after, limit=self.limit)

    def concerns(self, path: str) -> bool:
        """Whether a write of that document may change the answer."""
        return path.rpartition("/")[0] == self.path


Question = ReadOne | ListPage
