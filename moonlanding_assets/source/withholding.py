"""Which parts of the sources are secret, and how they are kept out of a snapshot.

Three rules: a secret collection is only counted; a secret field is never decoded; a URL loses
everything from its question mark on. Holds no reading of exports and no list of secrets: the
contract declares them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.contract.language import Collection, Field
from moonlanding_assets.source.value import canonical, parse

Tree = dict[str, Any]  # name -> True (the whole value) or a Tree of what lies inside it
Cut = Callable[[str], tuple[str, int]]  # a text -> what is left of it, and how many URLs were cut

# Names that only signed or tokened links have. Searched in the canonical text first, since
# almost no document has one outside its declared URL fields.
_SIGNED = re.compile(
    r"[?&;](?:X-Goog-Signature|X-Goog-Credential|X-Amz-Signature|GoogleAccessId|Signature"
    r"|access_token|token|sig)=",
    re.IGNORECASE,
)
_LINK = re.compile(r"(https?://[^\s\"'<>?#]+)\?([^\s\"'<>]*)", re.IGNORECASE)


def url_places(collection: Collection) -> Tree:
    """Where the documents of a collection hold URLs, in maps and arrays of maps as well."""
    return _url_places()[collection.key]


def secret_stems() -> dict[str, str]:
    """The documents that, with everything below them, are only counted; and as which collection."""
    return {stem: collection.key for stem, collection in _secret_stems()}


def secret_collection(path: str) -> Collection | None:
    """The secret collection that the document of this path is in, below or above, or None.

    A document that only shares the stem (`myworkreview/apis`, or another list in it) counts as
    secret as well: what lies beside keys may be keys.
    """
    for stem, collection in _secret_stems():
        if path == stem or path.startswith(stem + "/"):
            return collection
    return None


def without_queries(text: str, rules: Collection | None) -> tuple[str, int]:
    """The canonical text without the queries of its URLs, and of how many it was cut."""
    if "?" not in text:
        return text, 0
    places = url_places(rules) if rules is not None else {}
    if not places and not may_hold_signed_url(text):
        return text, 0
    fields = parse(text)
    cut = cut_urls(fields, places)
    if cut:
        text = canonical(fields)
    if may_hold_signed_url(text):
        cut += cut_signed_urls(fields)
        text = canonical(fields)
    return text, cut


def cut_urls(fields: Mapping[str, Any], tree: Tree) -> int:
    """Cuts the declared URLs at the question mark, in place; returns how many lost something."""
    total = 0
    for name, below in tree.items():
        if name not in fields:
            continue
        if below is True:
            total += _cut_texts(fields[name], _whole_url)
        else:
            total += sum(cut_urls(inside, below) for inside in _maps(fields[name]))
    return total


def may_hold_signed_url(text: str) -> bool:
    """Whether a canonical text names a signature or token as links do."""
    return "://" in text and _SIGNED.search(text) is not None


def cut_signed_urls(fields: Mapping[str, Any]) -> int:
    """Cuts the query of every signed link in any text, in place; returns how many there were."""
    return sum(_cut_texts(value, _signed_links) for value in fields.values())


@lru_cache(maxsize=1)
def _secret_stems() -> tuple[tuple[str, Collection], ...]:
    return tuple(
        (_stem(pattern), collection)
        for collection in COLLECTIONS
        if collection.presence == "secret"
        for pattern in collection.patterns
    )


@lru_cache(maxsize=1)
def _url_places() -> dict[str, Tree]:
    return {collection.key: _tree(collection.fields) for collection in COLLECTIONS}


def _stem(pattern: str) -> str:
    fixed = pattern.split("/{", 1)[0].split("/")
    return "/".join(fixed[: max(2, len(fixed) - 1)])


def _tree(fields: tuple[Field, ...]) -> Tree:
    tree: Tree = {}
    for one in fields:
        below = True if one.is_url else _tree(one.items)
        if below:
            tree[one.name] = below
    return tree


def _maps(value: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if "mapValue" in value:
        yield value["mapValue"]["fields"]
    for element in value["arrayValue"]["values"] if "arrayValue" in value else ():
        if "mapValue" in element:
            yield element["mapValue"]["fields"]


def _cut_texts(value: dict[str, Any], cut: Cut) -> int:
    if "stringValue" in value:
        value["stringValue"], count = cut(value["stringValue"])
        return count
    if "arrayValue" in value:
        return sum(_cut_texts(one, cut) for one in value["arrayValue"]["values"])
    if "mapValue" in value:
        return sum(_cut_texts(one, cut) for one in value["mapValue"]["fields"].values())
    return 0


def _whole_url(text: str) -> tuple[str, int]:
    kept, mark, _ = text.partition("?")
    return kept, 1 if mark else 0


def _signed_links(text: str) -> tuple[str, int]:
    count = 0

    def shorter(link: re.Match[str]) -> str:
        nonlocal count
        if _SIGNED.search("?" + link.group(2)) is None:
            return link.group(0)
        count += 1
        return link.group(1)

    return _LINK.sub(shorter, text), count
