"""Documents taken in for a snapshot, whatever they are read from: secrets left out, all counted.

Holds the protocols of a source and of one raw document. Holds no reading of any source, no
order, and no decision about what is secret (withholding.py).
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS, match, pattern_key
from moonlanding_assets.contract.language import Collection
from moonlanding_assets.errors import SourceError
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.document import document_row
from moonlanding_assets.source.manifest import Origin
from moonlanding_assets.source.withholding import secret_collection, without_queries

_SYSTEM_OF = {root: system for system, roots in SYSTEM_ROOTS.items() for root in roots}


class RawDocument(Protocol):
    """One document as its source gives it; times in microseconds since 1970, or None."""

    @property
    def path(self) -> str:
        """The path, without the prefix of project and database."""

    @property
    def withheld(self) -> tuple[str, ...]:
        """The names that the last call of `text` left out, in order."""

    @property
    def create_time_us(self) -> int | None:
        """When the document came into being."""

    @property
    def update_time_us(self) -> int | None:
        """When the document was last changed."""

    def text(self, withhold: frozenset[str]) -> str:
        """The values as canonical text, without the top-level names in `withhold`."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What reading came to, counted in documents.

    `systems`: by the system whose root they are below, "" for none; `collections`: those kept;
    `secrets`: the paths of those only counted, each with its collection; `counted`: secret ones
    that nobody but the server counted; `secret_fields`: by "collection.field"; `url_queries`:
    URLs that were cut, by collection; `files`: where the kept ones are.
    """

    systems: Counter[str] = field(default_factory=Counter)
    collections: Counter[str] = field(default_factory=Counter)
    secrets: list[tuple[str, str]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    secret_fields: Counter[str] = field(default_factory=Counter)
    url_queries: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Takes in what another reader came to."""
        self.systems.update(other.systems)
        self.collections.update(other.collections)
        self.secrets.extend(other.secrets)
        self.counted.update(other.counted)
        self.secret_fields.update(other.secret_fields)
        self.url_queries.update(other.url_queries)
        self.files.extend(other.files)


class DocumentSource(Protocol):
    """All documents of one system at one moment, wherever they are read from."""

    @property
    def system(self) -> str:
        """friday or mwr."""

    @property
    def place(self) -> str:
        """What a message calls it: a directory, a project."""

    @property
    def origin(self) -> Origin:
        """Where the documents are from, and of which moment."""

    def spill(self, directory: Path, *, progress: Progress, workers: int) -> Tally:
        """Every document once, into temporary files in `directory`; raises SourceError."""

    def twice(self, path: str) -> SourceError:
        """What to raise for a path that came twice."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a document belongs, and which collection's rules say what of it is secret."""

    key: str
    rules: Collection | None
    secret_fields: frozenset[str] = frozenset()
    is_secret: bool = False


def take(system: str, document: RawDocument, tally: Tally) -> dict[str, Any] | None:
    """The row of DOCUMENT_SCHEMA that is kept of a document; None for a secret one.

    Counts it in the tally, but for its collection, which the spill counts.
    """
    path = document.path
    tally.systems[system_of(path)] += 1
    place = _place_of(system, path)
    if place.is_secret:
        tally.secrets.append((path, place.key))
        return None
    text = document.text(place.secret_fields)
    if document.withheld:
        tally.secret_fields.update(f"{place.key}.{name}" for name in document.withheld)
    text, cut = without_queries(text, place.rules)
    if cut:
        tally.url_queries[place.key] += cut
    return document_row(
        path,
        place.key,
        text,
        create_time_us=document.create_time_us,
        update_time_us=document.update_time_us,
    )


def is_taken_whole(system: str, path: str) -> bool:
    """Whether the document is kept with all its fields, but for parts of URLs."""
    place = _place_of(system, path)
    return not (place.is_secret or place.secret_fields)


def system_of(path: str) -> str:
    """The system below whose root the path lies, "" for none."""
    return _SYSTEM_OF.get(path.split("/", 1)[0], "")


@lru_cache(maxsize=4096)  # a document's place is asked for twice, a batch between
def _place_of(system: str, path: str) -> _Place:
    secret = secret_collection(path)
    if secret is not None:
        return _Place(key=secret.key, rules=secret, is_secret=True)
    collection = match(system, path)
    key = pattern_key(system, path) if collection is None else collection.key
    # Documents of the other system keep their secrets as well, wherever they turn up.
    rules = collection or _declared_elsewhere(path)
    secret_fields = rules.secret_fields if rules is not None else frozenset()
    return _Place(key=key, rules=rules, secret_fields=secret_fields)


def _declared_elsewhere(path: str) -> Collection | None:
    found = (match(system, path) for system in SYSTEM_ROOTS)
    return next((one for one in found if one is not None), None)
