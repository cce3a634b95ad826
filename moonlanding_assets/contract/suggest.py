"""The declaration to paste for what no declaration knows, in the words of contract/fields.py.

Holds the words of an unknown thing and its rendering; nothing here reads documents or declares.
"""

import dataclasses
import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.language import Field, Kind

What = Literal["collection", "field", "kind", "spelling"]
_KINDS: tuple[str, ...] = get_args(Kind)
_FREE = 25  # keys of a map above which they are taken for data
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z_ -]*")
_STEP = "    "


@dataclass
class Shape:
    """What was seen at one place: value kinds, and the shapes below maps and arrays."""

    kinds: dict[str, int] = dataclasses.field(default_factory=dict)
    keys: dict[str, "Shape"] = dataclasses.field(default_factory=dict)
    elements: "Shape | None" = None

    def see(self, value: Mapping[str, Any]) -> None:
        """Take one REST value in: its kind and everything below it, but no content."""
        (name, payload), *_ = value.items()
        kind = "geopoint" if name == "geoPointValue" else name.removesuffix("Value")
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if kind == "map":
            for key, below in payload.get("fields", {}).items():
                self.keys.setdefault(key, Shape()).see(below)
        elif kind == "array":
            self.elements = self.elements or Shape()
            for element in payload.get("values", ()):
                self.elements.see(element)

    def add(self, other: "Shape") -> None:
        """Take in what was seen after this, by somebody else."""
        for kind, count in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count
        for key, below in other.keys.items():
            self.keys.setdefault(key, Shape()).add(below)
        if other.elements is not None:
            self.elements = self.elements or Shape()
            self.elements.add(other.elements)


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """One thing that no declaration knows. It holds no value of a document.

    what: a whole collection, a field, a kind of a declared field, or an enumeration's spelling.
    collection: contract key, or `friday/?...` when it is the collection. names: the way to the
    field with "[]" for an array's elements, () for a collection. count: documents of an unknown
    collection, else how often it occurs. example: the path of one document that has it.
    spelling: the new word, or "" where it does not look like a word of an enumeration.
    """

    what: What
    collection: str
    names: tuple[str, ...]
    count: int
    example: str
    shape: Shape = dataclasses.field(default_factory=Shape, compare=False)
    spelling: str = ""

    @property
    def field(self) -> str:
        """The names joined by dots, [] after arrays, as people write a field."""
        return printable(".".join(self.names).replace(".[]", "[]"))


def suggest(unknown: Iterable[Unknown]) -> str:
    """Python text to paste, one block for each unknown thing, with where it belongs; "" for none.

    A block opens with a comment: where to paste it, how often the thing occurs, and an example.
    """
    return "\n".join("\n".join(_SUGGEST[one.what](one)) + "\n" for one in unknown)


def _seen(one: Unknown) -> str:
    return f"# seen {one.count} times, for example in {printable(one.example)}"


def printable(text: str) -> str:
    """The text on one line: control and format characters as escapes, so that it forges nothing."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _collection(one: Unknown) -> Iterator[str]:
    system, _, pattern = one.collection.partition("/?")
    names = [part for part in pattern.split("/") if part not in ("{}", "list")]
    last = names[-1] if names else "documents"
    word = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last)).strip("_").lower()
    word = word if word.isidentifier() else f"documents_{word}".rstrip("_")
    constant = word.upper()
    yield f"# in contract/{system}.py; and {constant} in COLLECTIONS of contract/catalogue.py"
    yield _seen(one)
    yield f"{constant} = Collection("
    yield f"{_STEP}key={_literal(f'{system}/{word}')},"
    yield f"{_STEP}system={_literal(system)},"
    yield f"{_STEP}patterns=({_literal(_named(pattern))},),"
    yield f'{_STEP}purpose="",  # say in one line what it is for'
    yield f"{_STEP}fields=("
    for name, shape in sorted(one.shape.keys.items()):
        yield f"{_STEP * 2}{field_text(name, shape)},"
    yield f"{_STEP}),"
    yield ")"
    yield f"# in mapping/{system}.py: this keeps its documents whole, tables= gives them rows"
    yield f"# CollectionMapping(collection=source.{constant}),"


def _named(pattern: str) -> str:
    """The pattern with a name for each id: the word before it."""
    parts: list[str] = []
    for part in pattern.split("/"):
        above = [one for one in parts if not one.startswith("{") and one != "list"]
        parts.append(f"{{{above[-1].lower() if above else 'id'}}}" if part == "{}" else part)
    return "/".join(parts)


def _field(one: Unknown) -> Iterator[str]:
    *above, name = one.names
    inside = printable(".".join(above).replace(".[]", "[]"))
    place = f"the items of {inside} of " if inside else "the fields of "
    yield f"# in {place}{one.collection} (contract/{_module(one)}.py)"
    yield _seen(one)
    yield f"{field_text(name, one.shape)},"
    kept = ".".join(name for name in one.names if name != "[]")
    yield f"# in kept= of its mapping, unless a column takes it: {_literal(kept)}: NO_HOME,"


def _kind(one: Unknown) -> Iterator[str]:
    declared = declared_field(one.collection, one.names)
    is_element = one.names[-1] == "[]"
    known = () if declared is None else declared.element_kinds if is_element else declared.kinds
    kinds = (*known, *(kind for kind in sorted(one.shape.kinds) if kind not in known))
    word = "element_kinds" if is_element else "kinds"
    yield f"# of {one.field} in {one.collection} (contract/{_module(one)}.py)"
    yield _seen(one)
    yield f"{word}={_literals(kinds)},"


def _spelling(one: Unknown) -> Iterator[str]:
    declared = declared_field(one.collection, one.names)
    known = declared.enum if declared else ()
    yield f"# of {one.field} in {one.collection} (contract/{_module(one)}.py)"
    yield _seen(one)
    if one.spelling:
        yield f"enum={_literals((*known, one.spelling))},"
        yield "# and the word that it becomes: mapping/enumerations*.py"
    else:
        yield "# it looks like no word of an enumeration: see the document before declaring it"


def declared_field(collection: str, names: tuple[str, ...]) -> Field | None:
    """The declaration at a path of names, "[]" for array elements; None where there is none."""
    held = BY_KEY.get(collection)
    fields = held.by_name if held else {}
    found = None
    for name in names:
        if name == "[]":
            continue
        found = fields.get(name)
        if found is None:
            return None
        fields = found.by_name
    return found


def _module(one: Unknown) -> str:
    system, _, name = one.collection.partition("/")
    return "friday_engagements" if system == "friday" and name.startswith("engagements") else system


def field_text(name: str, shape: Shape) -> str:
    """The declaration of one field, as a call that fields.py offers, else as a Field."""
    kinds = frozenset(shape.kinds)
    if kinds == {"array"}:
        return _array_text(name, shape.elements or Shape())
    if kinds == {"map"}:
        return _map_text(name, shape)
    word = _CALLS.get(kinds)
    return _whole_text(name, shape) if word is None else word.format(name=_literal(name))


def _array_text(name: str, elements: Shape) -> str:
    kinds = frozenset(elements.kinds)
    if kinds == {"string"}:
        return f"texts({_literal(name)})"
    if "map" in kinds and kinds <= {"map", "string"} and not _is_free(elements):
        word = "records" if kinds == {"map"} else "texts_or_records"
        return f"{word}({_literal(name)}, ({_items(elements)}))"
    known = _literals(sorted(kinds))
    items = f", items=({_items(elements)})" if elements.keys and not _is_free(elements) else ""
    return f'Field(name={_literal(name)}, kinds=("array",), element_kinds={known}{items})'


def _map_text(name: str, shape: Shape) -> str:
    if _is_free(shape) or not shape.keys:
        return f"free_map({_literal(name)})"
    return f"record({_literal(name)}, {_items(shape)})"


def _whole_text(name: str, shape: Shape) -> str:
    kinds = tuple(kind for kind in _KINDS if kind in shape.kinds)
    free = ", has_any_keys=True" if "map" in kinds else ""
    elements = ""
    if shape.elements is not None:
        elements = f", element_kinds={_literals(sorted(shape.elements.kinds))}"
    return f"Field(name={_literal(name)}, kinds={_literals(kinds)}{elements}{free})"


def _literal(text: str) -> str:
    """A Python literal, in double quotes where that needs no escape."""
    plain = repr(text)
    return plain if {'"', "\\"} & set(plain) else f'"{plain[1:-1]}"'


def _literals(texts: Iterable[str]) -> str:
    said = ", ".join(map(_literal, texts))
    return f"({said},)" if said else "()"


def _items(shape: Shape) -> str:
    return "".join(f"{field_text(name, one)}, " for name, one in sorted(shape.keys.items()))


def _is_free(shape: Shape) -> bool:
    """Whether the keys look like data: many of them, or with digits and signs in them."""
    odd = [key for key in shape.keys if not _PLAIN_KEY.fullmatch(key) or keyword.iskeyword(key)]
    return len(shape.keys) > _FREE or len(odd) * 2 > len(shape.keys)


_CALLS: dict[frozenset[str], str] = {
    frozenset({"string"}): "text({name})",
    frozenset({"string", "null"}): "text({name}, may_be_null=True)",
    frozenset({"boolean"}): "truth({name})",
    frozenset({"integer"}): "whole({name})",
    frozenset({"double"}): "number({name})",
    frozenset({"integer", "double"}): "number({name})",
    frozenset({"integer", "string"}): "number({name}, may_be_text=True)",
    frozenset({"double", "string"}): "number({name}, may_be_text=True)",
    frozenset({"integer", "double", "string"}): "number({name}, may_be_text=True)",
    frozenset({"timestamp"}): "timestamp({name})",
    frozenset({"timestamp", "string"}): "moment({name})",
}

_SUGGEST: dict[What, Callable[[Unknown], Iterator[str]]] = {
    "collection": _collection,
    "field": _field,
    "kind": _kind,
    "spelling": _spelling,
}
