"""What a document names: other documents, itself, and the aggregate that it is part of.

Reads one document by the contract. Holds no reading of files and no knowledge of which documents
exist.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moonlanding_assets.contract.catalogue import BY_KEY, COLLECTIONS
from moonlanding_assets.contract.language import Field, Refers
from moonlanding_assets.contract.references import (
    candidate_paths,
    normalised_email,
    references,
)

#: The first three segments of what an aggregate consists of, and whose aggregate it is.
AGGREGATE_OF = {
    "friday/clients/list": "friday/clients/list",
    "friday/engagements/list": "friday/engagements/list",
    "myworkreview/reviews/list": "myworkreview/reviews/list",
    "myworkreview/removedHighlights/list": "myworkreview/reviews/list",
}
#: The fields that make one aggregate of two: an engagement and its client, a review and its
#: engagement. The review of the previous year is referred to, not joined.
JOINING_FIELDS = {
    "friday/engagements": ("client", "client_id", "client_name", "review_link"),
    "mwr/reviews": ("friday_link",),
}


class Reference(NamedTuple):
    """One document that is named.

    `by`: path, email, name or parent; `target`: the first collection it may be in ("" for a
    parent); `key`: what is written, normalised; `path`: one place where it may be ("" for
    e-mails and names); `joins`: whether both are one aggregate.
    """

    by: str
    target: str
    key: str
    path: str
    joins: bool


class Identity(NamedTuple):
    """What a document can be named by, beside its path: an e-mail or a name."""

    by: str
    target: str
    key: str


def named(collection: str, path: str, fields: Mapping[str, Any]) -> set[Reference]:
    """Everything that a document names: its references by the contract, and its parents."""
    found = {Reference("parent", "", up, up, False) for up in _ancestors(path)}
    declared = BY_KEY.get(collection)
    if declared is None:
        return found
    joining = {one: fields[one] for one in JOINING_FIELDS.get(collection, ()) if one in fields}
    others = {name: value for name, value in fields.items() if name not in joining}
    for refers, keys in references(declared, joining):
        for key in keys:
            found.update(_candidates(refers, key, path, joins=True))
    for refers, keys in references(declared, others, document_id=path.rsplit("/", 1)[-1]):
        for key in keys:
            found.update(_candidates(refers, key, path, joins=False))
    return found


def identities(collection: str, fields: Mapping[str, Any]) -> Iterator[Identity]:
    """The e-mail and the names by which others may name this document."""
    if collection in _TARGETS["email"]:
        email = normalised_email(_text(fields, "email"))
        if email:
            yield Identity("email", collection, email)
    if collection in _TARGETS["name"]:
        names = {_text(fields, "name").strip(), _text(fields, "displayName").strip()}
        for name in sorted(names - {""}):
            yield Identity("name", collection, name)


def root_of(path: str) -> str | None:
    """The path that stands for the document's aggregate, or None outside all of them."""
    parts = path.split("/", 4)
    head = AGGREGATE_OF.get("/".join(parts[:3]))
    return f"{head}/{parts[3]}" if head is not None and len(parts) > 3 else None


def _candidates(refers: Refers, key: str, path: str, *, joins: bool) -> Iterator[Reference]:
    if refers.by == "id":
        for candidate in candidate_paths(refers, key, document_path=path):
            yield Reference("path", refers.to[0], key, candidate, joins)
    elif refers.by == "email":
        yield Reference("email", refers.to[0], key, "", joins)
    else:
        for target in refers.to:
            yield Reference("name", target, key, "", joins)


def _ancestors(path: str) -> Iterator[str]:
    parts = path.split("/")
    for length in range(len(parts) - 2, 0, -2):
        yield "/".join(parts[:length])


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name, {}).get("stringValue", ""))


def _targets(fields: tuple[Field, ...]) -> Iterator[tuple[str, str]]:
    for one in fields:
        if one.refers is not None:
            for key in one.refers.to:
                yield ("email" if one.refers.by == "id_or_email" else one.refers.by), key
        yield from _targets(one.items)


_TARGETS: dict[str, frozenset[str]] = {
    by: frozenset(key for one in COLLECTIONS for kind, key in _targets(one.fields) if kind == by)
    for by in ("email", "name")
}
