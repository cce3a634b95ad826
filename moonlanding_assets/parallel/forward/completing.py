"""The completions of normalize for single rows, from what other rows say, kept up to date.

The same rules as the SQL of normalize/complete.py, in the same order; a test compares the names of
both, and a property test the databases. Each unit says what its rows contribute; each value is an
entry that is looked up, so that a change of it is carried to the rows it fills.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from moonlanding_assets.errors import SyncError
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.row import target_path
from moonlanding_assets.parallel.forward.tracing import Looked, Tracer
from moonlanding_assets.schema.catalogue import TABLE

Group = tuple[str, str]  # what is gathered, of which row
Member = tuple[str, SqlValue]  # who contributes, with what
Row = tuple[SqlValue, ...]

_CHAT, _ENGAGEMENTS = "friday/engagements_chat", "friday/engagements"
#: (table, column, rule) that this module carries out, in the order of normalize.complete
HANDLED = (
    ("rfi", "last_response_date", "latest_response"),
    ("rfi", "primary_response_id", "latest_response"),
    ("chat_messages", "rfi_id", "first_rfi_of_engagement"),
    ("review", "starred_by", "users_who_prioritise"),
    ("review", "total_highlights", "highlights_counted"),
    ("review", "resolved_highlights", "highlights_counted"),
    ("review", "starred_by", "nobody"),
    ("review", "total_highlights", "none"),
    ("review", "resolved_highlights", "none"),
    ("engagement", "created_at", "earliest_rfi"),
    ("engagement", "created_at", "snapshot_time"),
    ("client", "created_at", "earliest_engagement"),
    ("client", "created_at", "snapshot_time"),
)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What one group comes to; empty texts where nothing contributes."""

    first: str = ""
    last: str = ""
    last_moment: str = ""
    first_moment: str = ""
    members: int = 0
    resolved: int = 0
    people: str = ""


@dataclass
class Completing:
    """Contributions of all units, and the rows filled from them."""

    snapshot_time: str
    ids: Mapping[str, str]
    tracer: Tracer
    _members: dict[Group, dict[str, list[Member]]] = field(default_factory=dict)
    _groups: dict[str, frozenset[Group]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._gathered: Looked[Group, Gathered] = Looked("gathered", self.tracer)
        self.placeholders: Looked[str, str] = Looked("placeholder_engagements", self.tracer)

    def fill(self, unit: str, collection: str, output: Output) -> None:
        """Fill the rows of a unit where they are empty, and note what the unit contributes."""
        for table, fill in _FILLS.items():
            rows = output.rows.get(table)
            if rows:
                output.rows[table] = [fill(self, row, unit, collection, output) for row in rows]
        self.contribute(unit, output)

    def contribute(self, unit: str, output: Output) -> None:
        """Replace what the unit contributes by what its rows say."""
        found: dict[Group, list[Member]] = {}
        for group, member in _contributions(output):
            found.setdefault(group, []).append(member)
        before = self._groups.pop(unit, frozenset())
        for group in before - found.keys():
            del self._members[group][unit]
            if not self._members[group]:
                del self._members[group]
        for group, members in found.items():
            self._members.setdefault(group, {})[unit] = members
        if found:
            self._groups[unit] = frozenset(found)
        for group in {*before, *found}:
            held = self._members.get(group)
            self._gathered.put(group, None if held is None else _gather(group[0], held))

    def _of(self, what: str, row: SqlValue) -> Gathered:
        return self._gathered.get((what, str(row)), _NOTHING)

    def rfi(self, row: Row, unit: str, collection: str, output: Output) -> Row:
        """The latest response: its date and its id."""
        del unit, collection, output
        found = self._of("responses", _value("rfi", row, "id"))
        return _filled("rfi", row, last_response_date=found.last_moment or None,
                       primary_response_id=found.last or None)  # fmt: skip

    def chat(self, row: Row, unit: str, collection: str, output: Output) -> Row:
        """The first RFI of the engagement that Friday's chat lies below."""
        del output
        if collection != _CHAT:
            return row
        path = target_path(_ENGAGEMENTS, unit.split("/")[3], unit)
        above = self.ids.get(path) or self.placeholders.get(path)
        found = _NOTHING if above is None else self._of("rfis", above)
        return _filled("chat_messages", row, rfi_id=found.first or None)

    def review(self, row: Row, unit: str, collection: str, output: Output) -> Row:
        """Who starred it, and how many highlights it has."""
        del unit, collection, output
        identity = _value("review", row, "id")
        counted = self._of("highlights", identity)
        return _filled(
            "review", row, starred_by=self._of("stars", identity).people or "[]",
            total_highlights=str(counted.members), resolved_highlights=str(counted.resolved),
        )  # fmt: skip

    def engagement(self, row: Row, unit: str, collection: str, output: Output) -> Row:
        """When its earliest RFI was made, else the snapshot's time; either is recorded."""
        del unit, collection
        found = self._of("rfis", _value("engagement", row, "id")).first_moment
        return self._created("engagement", row, found, "earliest_rfi", output)

    def client(self, row: Row, unit: str, collection: str, output: Output) -> Row:
        """When its earliest engagement was made, else the snapshot's time; either is recorded."""
        del unit, collection
        found = self._of("engagements", _value("client", row, "id")).first_moment
        return self._created("client", row, found, "earliest_engagement", output)

    def _created(self, table: str, row: Row, found: str, rule: str, output: Output) -> Row:
        if _value(table, row, "created_at") is not None:
            return row
        identity = _value(table, row, "id")
        used = rule if found else "snapshot_time"
        output.add("migration_derived", table, identity, "created_at", used)
        return _filled(table, row, created_at=found or self.snapshot_time)


_NOTHING = Gathered()
_Fill = Callable[[Completing, Row, str, str, Output], Row]
# engagements before clients is not needed: a changed contribution fills the client again
_FILLS: Mapping[str, _Fill] = {
    "rfi": Completing.rfi,
    "chat_messages": Completing.chat,
    "review": Completing.review,
    "engagement": Completing.engagement,
    "client": Completing.client,
}
_PLACES = {
    name: {column.name: place for place, column in enumerate(TABLE[name].columns)}
    for name in (*_FILLS, "rfi_response", "highlight", "users")
}


def _value(table: str, row: Row, column: str) -> SqlValue:
    return row[_PLACES[table][column]]


def _filled(table: str, row: Row, **values: SqlValue) -> Row:
    places = {_PLACES[table][column]: value for column, value in values.items()}
    return tuple(places[n] if one is None and n in places else one for n, one in enumerate(row))


def _contributions(output: Output) -> Iterator[tuple[Group, Member]]:
    for table, group, value in (
        ("rfi_response", ("responses", "rfi_id"), "response_date"),
        ("rfi", ("rfis", "engagement_id"), "created_at"),
        ("highlight", ("highlights", "review_id"), "status"),
        ("engagement", ("engagements", "client_id"), "created_at"),
    ):
        for row in output.rows.get(table, ()):
            key = (group[0], str(_value(table, row, group[1])))
            yield key, (str(_value(table, row, "id")), _value(table, row, value))
    for row in output.rows.get("users", ()):
        starred = _value("users", row, "priority_reviews")
        for review in orjson.loads(str(starred)) if starred is not None else ():
            yield ("stars", str(review)), (str(_value("users", row, "id")), None)


def _gather(what: str, held: Mapping[str, Iterable[Member]]) -> Gathered:
    members = [member for one in held.values() for member in one]
    if what == "highlights":
        return Gathered(
            members=len(members), resolved=sum(status == "resolved" for _, status in members)
        )
    if what == "stars":
        return Gathered(people=orjson.dumps(sorted(person for person, _ in members)).decode())
    moments = sorted((_moment(what, moment), identity) for identity, moment in members)
    return Gathered(
        first=moments[0][1], first_moment=moments[0][0], last=moments[-1][1],
        last_moment=moments[-1][0],
    )  # fmt: skip


def _moment(what: str, moment: SqlValue) -> str:
    if not isinstance(moment, str):
        raise SyncError(f"{what}: a row without the time that the order of rows goes by")
    return moment
