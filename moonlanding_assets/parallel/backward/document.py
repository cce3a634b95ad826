"""A document as the edited rows mean it: what it was, with the inverse of what was edited put in.

So whatever no column says stays what it was. The engine then makes rows of it again: an edit that
does not come out of them exactly is refused, by row, with a reason code. Holds no database.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.contract.unknown import BORN_FIELD
from moonlanding_assets.mapping.language import Combine, User
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.row import Path
from moonlanding_assets.parallel.backward.items import RowKey, forget_marks, mark_items, say_ids
from moonlanding_assets.parallel.backward.rules import (
    BackRule,
    NotCarriedError,
    back_rules,
    chosen_name,
    given,
    place_of,
    said_places,
    steps,
)
from moonlanding_assets.parallel.backward.values import carried_over, put, take_away, value_at
from moonlanding_assets.source.value import Fields

Columns = Mapping[str, SqlValue]
Make = Callable[[str, Fields], Output]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One row that an application touched; columns with times as ISO text.

    old: as a migration of the document as it was makes it, None where that has none. now: as it
    is, None of one that is gone. edited: the columns that were written. parent: of a new item, the
    row that encloses it.
    """

    key: RowKey
    mapping: TableMapping
    old: Columns | None
    now: Columns | None
    edited: frozenset[str]
    stored: Columns | None = None
    parent: RowKey | None = None

    @property
    def is_item(self) -> bool:
        """Whether the row is an array item, not the document's own."""
        return bool(self.mapping.each)


@dataclass
class Draft:
    """One document being edited."""

    path: str
    fields: dict[str, Any]
    positions: dict[RowKey, Path]
    directory: Directory
    replaced: set[RowKey] = field(default_factory=set)
    _homes: list[Path] = field(default_factory=list)
    _is_moved: bool = False

    def settle_ids(self, make: Make) -> None:
        """Items keep the ids of their rows: by nature, or by saying so where they moved."""
        if self._is_moved:
            say_ids(self.fields, make(self.path, self.fields))
        forget_marks(self.fields)

    def apply(self, edits: Sequence[Edit]) -> dict[RowKey, str]:
        """Put the edits in; the rows that cannot be carried, with the reason."""
        refused: dict[RowKey, str] = {}
        steps_of = (self._change, self._insert)
        for step in steps_of:
            for one in sorted(edits, key=_depth):
                try:
                    step(one)
                except NotCarriedError as error:
                    refused[one.key] = error.reason
        gone = [one for one in edits if one.now is None and one.is_item]
        for one in gone:
            if one.key[0] == "letter" and self._holds_more(one):
                refused[one.key] = "shares_its_map"
        places = {self.positions.get(one.key) for one in gone if one.key not in refused}
        places_kept = {
            identity: place
            for (_, identity), place in self.positions.items()
            if place and not self._is_said_above(place)
        }
        mark_items(self.fields, places_kept)
        for place in sorted((one for one in places if one), key=_last_first, reverse=True):
            if not self._is_said_above(place):
                take_away(self.fields, place)
                self._is_moved = True
        return refused

    def _holds_more(self, one: Edit) -> bool:
        held = value_at(self.fields, self.positions.get(one.key, ()))
        fields = (held or {}).get("mapValue", {}).get("fields", {})
        return bool(fields.keys() - {"file", BORN_FIELD})

    def _change(self, one: Edit) -> None:
        if not one.is_item:
            self.positions.setdefault(one.key, ())
        if one.now is not None and one.key in self.positions:
            self._write(one, self.positions[one.key])

    def _insert(self, one: Edit) -> None:
        if one.now is None or one.key in self.positions or not one.is_item:
            return
        above = self.positions.get(one.parent) if one.parent else ()
        if above is None:
            raise NotCarriedError("no_place")
        container = (*above, *one.mapping.each[-1].split("."))
        if self._is_said_above(container):
            self._said_twice(one, container)
            return
        held = value_at(self.fields, container)
        if one.mapping.each[-1] in _MAPS:
            if held is not None and "mapValue" in held:
                raise NotCarriedError("place_taken")
            position: Path = container
        else:
            values = (held or {}).get("arrayValue", {}).get("values", [])
            position = (*container, len(values))
        if one.key[0] in _TEXTS:
            self.replaced.add(one.key)  # a text has no place for an id
        else:
            put(self.fields, position, {"mapValue": {"fields": {}}})
            self._is_moved = True
        self.positions[one.key] = position
        self._write(one, position)

    def _said_twice(self, one: Edit, container: Path) -> None:
        """The column that holds the whole array was written as well: it must hold this one."""
        held = value_at(self.fields, container) or {}
        said = {"stringValue": (one.now or {}).get("flag_type")}
        if one.key[0] not in _TEXTS or said not in held.get("arrayValue", {}).get("values", ()):
            raise NotCarriedError("said_twice")
        self.replaced.add(one.key)

    def _write(self, one: Edit, position: Path) -> None:
        for rule in back_rules(one.mapping):
            if rule.column not in one.edited:
                continue
            try:
                self._column(one, rule, position)
            except NotCarriedError:
                if rule.is_home:  # a copy that no field can say stays Moonlanding's own
                    raise

    def _column(self, one: Edit, rule: BackRule, position: Path) -> None:
        if not rule.is_home and self._is_said_above(position):
            return
        value = (one.now or {})[rule.column]
        if value is None:
            for place in said_places(rule.rule, self.fields, position):
                take_away(self.fields, place)
            return
        chosen = 0 if one.old is None else chosen_name(rule.rule, self.fields, position)
        before = None if one.old is None else one.old.get(rule.column)
        old = self._given(rule, before, chosen)
        for name, new in given(rule.rule, value, chosen=chosen, directory=self.directory).items():
            place = place_of(name, position)
            self._put(rule, place, old.get(name), new)
            if rule.is_home and (new or {}).get("arrayValue", {}).get("values"):
                self._homes.append(place)
        self._is_moved |= "id" in rule.rule.names or "cloud_id" in rule.rule.names

    def _given(self, rule: BackRule, before: SqlValue, chosen: int) -> Mapping[str, Value | None]:
        if before is None:
            return {}
        try:
            return given(rule.rule, before, chosen=chosen, directory=self.directory)
        except NotCarriedError:
            return {}

    def _put(self, rule: BackRule, place: Path, old: Value | None, new: Value | None) -> None:
        held = value_at(self.fields, place)
        if new is None:  # a status speaks for itself; an object without a key says there is none
            if isinstance(rule.rule, Combine) and rule.rule.by.name.startswith("as_json"):
                take_away(self.fields, place)
            return
        if isinstance(rule.rule, User) and rule.rule.first:
            others = (held or {}).get("arrayValue", {}).get("values", [])[1:]
            new = {"arrayValue": {"values": [*new["arrayValue"]["values"], *others]}}
        elif held is not None and old is not None:
            new = carried_over(held, old, new)
        put(self.fields, place, deepcopy(new))

    def _is_said_above(self, place: Path) -> bool:
        """Whether an edited JSON column holds the whole array that this place is in."""
        return any(place[: len(home)] == home for home in self._homes)


#: Steps of mappings whose items are a map that stands alone.
_MAPS = frozenset({"engagement_letter", "post_rfi", "post_rfi_journal", "tender_details"})
#: Tables whose rows are texts of an array.
_TEXTS = frozenset({"flag"})


def _depth(one: Edit) -> tuple[int, int, str]:
    first = next((rule.order for rule in back_rules(one.mapping) if rule.column in one.edited), 0)
    return len(steps(one.mapping.each)), first, str(one.key)


def _last_first(place: Path) -> tuple[Any, ...]:
    return tuple((0, one, "") if isinstance(one, int) else (1, 0, one) for one in place)
