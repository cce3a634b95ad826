"""In which pieces, and in which order, a whole check reads both sides.

Another order each time: what one order always reads too early or too late, another does not. The
order is given by a number and named by a hash of all pieces. Holds no reading of documents.
"""

import hashlib
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from moonlanding_assets.parallel.drift.sides import NewSide
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.firestore_names import Range, divided, without
from moonlanding_assets.source.withholding import secret_stems

OLD_DOCUMENTS = 2_000  # about so many in a piece
NEW_DOCUMENTS = 1_000
_MOST_TRIES = 1_000


@dataclass(frozen=True, kw_only=True)
class OldPiece:
    """A range of one old system."""

    system: str
    inside: Range


@dataclass(frozen=True, kw_only=True)
class NewPiece:
    """The documents of the database from one path to another, both included."""

    first: str
    last: str


Piece = OldPiece | NewPiece


@dataclass(frozen=True, kw_only=True)
class Order:
    """All pieces in the order of one number; `name` is the same for the same order only."""

    number: int
    name: str
    pieces: tuple[Piece, ...]


def pieces(new: NewSide) -> list[Piece]:
    """What covers both sides without gap or overlap: cut at collections, and at every so many."""
    cuts: dict[str, list[str]] = {system: [] for system in SYSTEMS}
    bounds: list[list[str]] = []
    for number, (path, collection) in enumerate(new.paths()):
        if number % OLD_DOCUMENTS == 0:
            _cut(cuts, path, collection)
        if number % NEW_DOCUMENTS == 0:
            bounds.append([path, path])
        bounds[-1][1] = path
    for path, collection in new.first_paths():
        _cut(cuts, path, collection)
    old = [
        OldPiece(system=system, inside=one)
        for system in SYSTEMS
        for one in divided(without(secret_stems()), cuts[system])
    ]
    return [*old, *(NewPiece(first=first, last=last) for first, last in bounds)]


def ordered(everything: Sequence[Piece], *, number: int, unlike: Collection[str]) -> Order:
    """The order of a number; of the next one whose order is not among those named."""
    order = _order(everything, number)
    for later in range(number + 1, number + _MOST_TRIES):
        if order.name not in unlike:
            break
        order = _order(everything, later)
    return order


def _order(everything: Sequence[Piece], number: int) -> Order:
    shuffled = list(everything)
    random.Random(number).shuffle(shuffled)  # noqa: S311  (an order, not a secret)
    return Order(number=number, name=_name(shuffled), pieces=tuple(shuffled))


def _name(listed: Iterable[Piece]) -> str:
    digest = hashlib.sha256()
    for one in listed:
        digest.update(f"{one}\n".encode())
    return digest.hexdigest()[:16]


def _cut(cuts: dict[str, list[str]], path: str, collection: str) -> None:
    system = collection.partition("/")[0]
    if system in cuts:
        cuts[system].append(path)
