"""The columns of one row explained: from which field, by which rule, and what the ledger adds.

Pure: takes what was read of the database; holds no query (explain.py) and no layout.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.completions import COMPLETIONS_IN_WORDS
from moonlanding_assets.mapping.describe import mappings_of
from moonlanding_assets.mapping.language import Copy, Derive, Rule, Take, Unset
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.mapping.words import (
    Words,
    fallback_words,
    field_path,
    rule_words,
    transforms_words,
)
from moonlanding_assets.normalize.row import Path, is_nothing, split
from moonlanding_assets.proof.explanation import ColumnLine, column_shape
from moonlanding_assets.proof.reasons import DERIVED_RULES, RESIDUE_REASONS
from moonlanding_assets.proof.rebuild import StoredRow

_RELATIONS = {
    "conflict": "this document says something else: another document's value won",
    "filled": "this document says nothing: another document's value fills it",
}
_EXISTING = "existing_row"  # the rule of every column of a row that was there before
_RELATIONS_TO_EXISTING = {
    "conflict": "this document says something else: the row that was there wins",
    "filled": "this document says nothing of it",
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of the document around a row.

    residue: path → reason. derived: column → rule. merged: column → relation, of a merged user.
    """

    fields: Mapping[str, Any]
    residue: Mapping[Path, str]
    derived: Mapping[str, str]
    merged: Mapping[str, str]
    show_values: bool


def explain_columns(collection: str, row: StoredRow, seen: Seen) -> tuple[ColumnLine, ...]:
    """Every column that has a value or whose source fields are there."""
    mapping = mapping_of(collection, row)
    if mapping is None:
        return ()
    return tuple(_lines(mapping, row, seen))


def mapping_of(collection: str, row: StoredRow) -> TableMapping | None:
    """The mapping that made the row, None where the declarations have changed since."""
    steps = tuple(segment for segment in row.position if isinstance(segment, str))
    for one, mapping in mappings_of(row.table):
        if one.collection.key == collection and field_path(mapping.each, ".") == steps:
            return mapping
    return None


def sources_of(collection: str, row: StoredRow) -> tuple[Path, ...]:
    """Where in the document the columns of a row come from, whether it has them or not."""
    mapping = mapping_of(collection, row)
    rules = () if mapping is None else tuple(mapping.columns.values())
    return tuple(_place(name, row.position) for rule in rules for name in rule_words(rule).names)


def _lines(mapping: TableMapping, row: StoredRow, seen: Seen) -> Iterator[ColumnLine]:
    for column, rule in mapping.columns.items():
        words, value = rule_words(rule), row.columns[column]
        places = _present(words, row.position, seen.fields)
        if isinstance(rule, Unset) or (value is None and not places):
            continue
        invented = "" if places else _invented(column, rule, seen)
        yield ColumnLine(
            column=column,
            sources=tuple(place_text(place) for place in places),
            how=invented or _how(rule, words, row.position, places),
            value=column_shape(value, show=seen.show_values),
            note="; ".join(_notes(column, value, places, seen)),
        )


def _invented(column: str, rule: Rule, seen: Seen) -> str:
    """The rule of a value that no field of the document gives; "" where there is none."""
    if isinstance(rule, Derive):
        return f"derived in every row by {fallback_words(rule.make)}"
    if column in seen.derived:
        return f"derived by {derived_words(seen.derived[column])}"
    return ""


def _how(rule: Rule, words: Words, position: Path, places: list[Path]) -> str:
    """As the mapping says; of several transforms the one that took this document's field."""
    how = words.how
    if isinstance(rule, Take | Copy) and places:
        chosen = [_place(name, position) for name in rule.names].index(places[0])
        how = transforms_words((rule.by[chosen],))
    return f"a copy; {how}" if words.is_copy else how


def _present(words: Words, position: Path, fields: Mapping[str, Any]) -> list[Path]:
    """The fields that are there: all of a combination, else the first that says something."""
    places = [_place(name, position) for name in words.names]
    there = [place for place in places if dig(fields, place) is not None]
    if words.takes_all:
        return there
    filled = [place for place in there if not is_nothing(dig(fields, place))]
    return (filled or there)[:1]


def _notes(column: str, value: SqlValue, places: list[Path], seen: Seen) -> Iterator[str]:
    if places and column in seen.derived:
        yield f"derived by {derived_words(seen.derived[column])}"
    was_there = seen.derived.get(column) == _EXISTING
    relations = _RELATIONS_TO_EXISTING if was_there else _RELATIONS
    if seen.merged.get(column) in relations:
        yield relations[seen.merged[column]]
    reasons = [seen.residue[place] for place in places if place in seen.residue]
    for reason in dict.fromkeys(reasons):
        yield f"{reason}: {RESIDUE_REASONS.get(reason, reason)}"
    if value is None and not reasons and any(not is_nothing(dig(seen.fields, p)) for p in places):
        yield "the field gives this column nothing"


def kept_words(collection: str, path: Path) -> str:
    """Why the mapping keeps a field out of columns, in the mapping's words; "" if it is mute."""
    names = [segment for segment in path if isinstance(segment, str)]
    for one in MAPPINGS:
        if one.collection.key == collection:
            said = {**one.kept, **one.declared}
            above = (".".join(names[:count]) for count in range(len(names), 0, -1))
            return next((said[name] for name in above if name in said), "")
    return ""


def derived_words(rule: str) -> str:
    """The rule of a derived value with what it does."""
    words = DERIVED_RULES.get(rule) or COMPLETIONS_IN_WORDS.get(rule)
    return f"{rule}: {words}".rstrip(".") if words else _fallbacks().get(rule, rule)


def _fallbacks() -> Mapping[str, str]:
    found = {}
    for one in MAPPINGS:
        for mapping in one.tables:
            for rule in mapping.columns.values():
                otherwise = getattr(rule, "otherwise", None) or getattr(rule, "make", None)
                if otherwise is not None:
                    found[otherwise.rule] = fallback_words(otherwise)
    return found


def dig(fields: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    """The value at a path of keys and indexes, None where there is none."""
    value: Mapping[str, Any] = {"mapValue": {"fields": fields}}
    for segment in path:
        below: Any = None
        if isinstance(segment, str):
            below = value.get("mapValue", {}).get("fields", {}).get(segment)
        else:
            values = value.get("arrayValue", {}).get("values", ())
            below = values[segment] if segment < len(values) else None
        if below is None:
            return None
        value = below
    return value


def place_text(path: Path) -> str:
    """A path as people write it: highlights[3].comment.text."""
    text = ""
    for segment in path:
        text += f"[{segment}]" if isinstance(segment, int) else f".{segment}"
    return text.removeprefix(".")


def _place(name: str, position: Path) -> Path:
    of_document, segments = split(name)
    return segments if of_document else (*position, *segments)
