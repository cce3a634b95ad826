"""Edge tables of the fallbacks: what each rule makes of what lies around a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from moonlanding_assets.mapping import fallbacks as rules
from moonlanding_assets.mapping.language import Fallback
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets_tests.handmade import NOON, a, m, s

EARLY, LATE = {"timestampValue": "2021-05-01T00:00:00Z"}, {"timestampValue": "2023-05-01T00:00:00Z"}
EARLY_TEXT, LATE_TEXT = "2021-05-01T00:00:00.000Z", "2023-05-01T00:00:00.000Z"
WRONG, SEVEN = s("31/02/26"), {"integerValue": "7"}
CLIENTS, KINDS = "friday/clients", "friday/engagement_types"
Placed = tuple[str, str, str]


@dataclass
class Around:
    """What a fallback may look at; `placed` remembers the placeholders it asked for."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    columns: Mapping[str, SqlValue] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], str] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    engagement: str | None = None
    snapshot_time: str = NOON
    document_id: str = "d1"
    index: int = 3
    placed: list[Placed] = field(default_factory=list)

    def value(self, name: str) -> Value | None:
        return self.fields.get(name)

    def row_of(self, collection: str, document_id: str) -> str | None:
        return self.rows.get((collection, document_id))

    def name_of(self, collection: str, document_id: str) -> str | None:
        return self.names.get((collection, document_id))

    def role_of(self, name: str) -> str | None:
        return self.roles.get(name)

    def linked_engagement(self) -> str | None:
        return self.engagement

    def placeholder(self, table: str, key: str, reason: str) -> str:
        self.placed.append((table, key, reason))
        return f"row of {key}"


def of(**fields: Any) -> Around:
    """A row whose document holds these fields."""
    return Around(fields=fields)


def above(**fields: Any) -> Around:
    """An item in a document that holds these fields."""
    return Around(fields={f"^{name}": value for name, value in fields.items()})


def respond(*moments: Any) -> dict[str, Any]:
    return a(*[m(datetime=moment) for moment in moments])


NAMED = {
    (CLIENTS, "c1"): "Client One", (KINDS, "k1"): "Audit",
    ("friday/engagements_sections", "s1"): "Cash",
}  # fmt: skip
YEAR, MONTH = s("FY: 2024"), s(" May ")
KNOWN = {("mwr/reviews", "r1"): "R1", ("mwr/reviews", "d1"): "D1", (CLIENTS, "d1"): "C"}


def named(**fields: Any) -> Around:
    """A row beside documents with names."""
    return Around(fields=fields, names=NAMED)


def known(**fields: Any) -> Around:
    """A row beside documents that exist."""
    return Around(fields=fields, rows=KNOWN)


CASES: tuple[tuple[Fallback, Around, SqlValue], ...] = (
    (rules.SNAPSHOT_TIME, of(), NOON),
    (rules.CREATED_AT, Around(columns={"created_at": EARLY_TEXT}), EARLY_TEXT),
    (rules.CREATED_AT, of(created_at=EARLY), None),
    (rules.NAME_BEFORE_AT, of(email=s(" Anna.Abel@One.example")), "Anna.Abel"),
    (rules.NAME_BEFORE_AT, of(email=s("nobody")), None),
    (rules.NAME_BEFORE_AT, of(), None),
    # people of clients
    (rules.CLIENT_ROLE_OF, of(type=s("client"), clients=a(m(role=s("admin")))), "client_admin"),
    (rules.CLIENT_ROLE_OF, of(type=s("client"), clients=a(m(role=s("user")), m(role=s("admin")))),
     "client_admin"),
    (rules.CLIENT_ROLE_OF, of(type=s(" client "), clients=a(m(role=s("user")))), "client_user"),
    (rules.CLIENT_ROLE_OF, of(type=s("client"), clients=a(m(), s("admin"), SEVEN)), "client_user"),
    (rules.CLIENT_ROLE_OF, of(type=s("client"), clients=s("admin")), "client_user"),
    (rules.CLIENT_ROLE_OF, of(type=s("client")), "client_user"),
    (rules.CLIENT_ROLE_OF, of(type=s("auditor"), clients=a(m(role=s("admin")))), None),
    (rules.CLIENT_ROLE_OF, of(clients=a(m(role=s("admin")))), None),
    # the year of an engagement
    (rules.YEAR_OF_DATES, of(commencement_date=EARLY, createdTime=LATE), "2021"),
    (rules.YEAR_OF_DATES, of(commencement_date=WRONG, createdTime=LATE, created_at=EARLY), "2023"),
    (rules.YEAR_OF_DATES, of(created_at=LATE, deadline_date=EARLY), "2023"),
    (rules.YEAR_OF_DATES, of(deadline_date=s("01/05/21")), "2021"),
    (rules.YEAR_OF_DATES, of(deadline_date=WRONG), None),
    (rules.YEAR_OF_DATES, of(), None),
    # the name of an engagement
    (rules.ENGAGEMENT_NAME, named(title=s(" Year end "), client_id=s("c1")), "Year end"),
    (rules.ENGAGEMENT_NAME, named(
        title=s(" "), client_id=s("c1"), client=s("c9"), client_name=s("Typed"),
        engagement_type=s("k1"), year=YEAR, month=MONTH), "Client One Audit 2024 May"),
    (rules.ENGAGEMENT_NAME, named(title=SEVEN, client=s("c1"), month=MONTH), "Client One May"),
    (rules.ENGAGEMENT_NAME, named(client_name=s(" Typed "), engagement_type=s("k1")),
     "Typed Audit"),
    (rules.ENGAGEMENT_NAME, named(client_id=s("gone"), client_name=s("Typed"), year=YEAR), "2024"),
    (rules.ENGAGEMENT_NAME, named(year=s("twenty"), month=SEVEN), None),
    (rules.ENGAGEMENT_NAME, named(), None),
    (rules.ENGAGEMENT_NAME, Around(names={(CLIENTS, ""): "Wrong", (KINDS, ""): "Wrong"}), None),
    # texts and names
    (rules.SECTION_NAME, named(section_cloud_id=s(" s1 ")), "Cash"),
    (rules.SECTION_NAME, named(section_cloud_id=s("s2")), None),
    (rules.SECTION_NAME, Around(names={("friday/engagements_sections", ""): "Wrong"}), None),
    (rules.FIRST_LINE_OF_QUESTION, of(question=s("\nBank letters \nof all")), "Bank letters"),
    (rules.FIRST_LINE_OF_QUESTION, of(question=SEVEN), None),
    (rules.TITLE, of(name=s(" Bank letter ")), "Bank letter"),
    (rules.TITLE, of(name=s(" ")), None),
    (rules.TITLE, of(), None),
    (rules.DOCUMENT_ID, of(), "d1"),
    (rules.ITEM_NUMBER, of(), "@3"),
    (rules.INDEX, of(), 3),
    (rules.ZERO, of(), "0"),
    (rules.EMPTY_TEXT, of(), ""),
    (rules.EMPTY_LIST, of(), "[]"),
    # times of reviews
    (rules.REVIEW_TIME, above(published_date=EARLY), EARLY_TEXT),
    (rules.REVIEW_TIME, above(published_date=WRONG), NOON),
    (rules.REVIEW_TIME, of(published_date=EARLY), NOON),
    (rules.EARLIEST_RESPONSE, of(responses=respond(LATE, EARLY)), EARLY_TEXT),
    (rules.EARLIEST_RESPONSE, of(responses=respond(WRONG, LATE)), LATE_TEXT),
    (rules.EARLIEST_RESPONSE, of(responses=respond(LATE, WRONG, s(""))), LATE_TEXT),
    (rules.EARLIEST_RESPONSE, of(responses=a(m(), s("x"), m(datetime=LATE))), LATE_TEXT),
    (rules.EARLIEST_RESPONSE, Around(fields={"responses": a(), "^published_date": EARLY}),
     EARLY_TEXT),
    (rules.EARLIEST_RESPONSE, of(responses=m(datetime=EARLY)), NOON),
    (rules.EARLIEST_RESPONSE, of(), NOON),
    (rules.TENDER_DEADLINE, Around(fields={"tender_details.deadline_date": EARLY}), EARLY_TEXT),
    (rules.TENDER_DEADLINE, of(deadline_date=EARLY), None),
    (rules.REVIEW_DEADLINE, above(deadline_date=EARLY), EARLY_TEXT),
    (rules.REVIEW_DEADLINE, of(deadline_date=EARLY), None),
    # highlights
    (rules.HIGHLIGHT_COLOR, of(resolved={"booleanValue": True}), "green"),
    (rules.HIGHLIGHT_COLOR, of(resolved={"booleanValue": False}), "grey"),
    (rules.HIGHLIGHT_COLOR, of(resolved={"integerValue": "1"}), "grey"),
    (rules.HIGHLIGHT_COLOR, Around(roles={"email": "partner"}), "red"),
    (rules.HIGHLIGHT_COLOR, Around(roles={"email": "manager"}), "grey"),
    (rules.HIGHLIGHT_COLOR,
     Around(fields={"resolved": {"booleanValue": True}}, roles={"email": "partner"}), "green"),
    (rules.IS_OF_PARTNER, Around(roles={"email": "partner"}), 1),
    (rules.IS_OF_PARTNER, Around(roles={"email": "clerk"}), 0),
    (rules.IS_OF_PARTNER, of(), 0),
    # tenders
    (rules.TENDER_STATUS, above(flags=a(s("Lost"), s("Won"))), "awarded"),
    *[(rules.TENDER_STATUS, above(flags=a(s("Open"), s(one))), "closed")
      for one in ("Declined", "Lost", "Missed", " Closed ")],
    (rules.TENDER_STATUS, above(flags=a(s("Open"), SEVEN)), "open"),
    (rules.TENDER_STATUS, above(flags=s("Won")), "open"),
    (rules.TENDER_STATUS, of(flags=a(s("Won"))), "open"),
    # logs and removed highlights
    (rules.LOG_SUBJECT, known(review=s("r1")), "review"),
    (rules.LOG_SUBJECT, known(review=s("gone")), "system"),
    (rules.LOG_SUBJECT, Around(rows={("mwr/reviews", ""): "Wrong"}), "system"),
    (rules.LOG_CATEGORY, known(review=s("gone")), "gone"),
    (rules.LOG_CATEGORY, known(review=s(" ")), "log"),
    (rules.REVIEW_OF_SAME_ID, known(), "D1"),
    (rules.REVIEW_OF_SAME_ID, of(), None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "row", "expected"), CASES, ids=[f"{one[0].rule}-{n}" for n, one in enumerate(CASES)]
)
def test_what_a_rule_makes(rule: Fallback, row: Around, expected: SqlValue) -> None:
    assert repr(rule.make(row)) == repr(expected)
    assert row.placed == []


PLACED: tuple[tuple[Fallback, Around, Placed], ...] = (
    (rules.UNKNOWN_CLIENT, of(), ("client", "synthetic:client", "engagement_without_client")),
    (rules.UNKNOWN_AUTHOR, of(), ("users", "synthetic:author", "no_author")),
    (rules.UNKNOWN_REMOVER, of(), ("users", "synthetic:remover", "no_remover")),
    (rules.REVIEW_ENGAGEMENT, Around(fields={
        "team.cloud_id": s("t1"), "team": s("t2"), "financialYear": {"integerValue": "2024"},
    }), ("engagement", "synthetic:engagement:t1:2024", "review_without_engagement")),
    (rules.REVIEW_ENGAGEMENT, of(team=s(" t2 "), financialYear=s("soon")),
     ("engagement", "synthetic:engagement:t2:unknown", "review_without_engagement")),
    (rules.REVIEW_ENGAGEMENT, of(),
     ("engagement", "synthetic:engagement:none:unknown", "review_without_engagement")),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "row", "placed"), PLACED)
def test_what_stands_in_for_what_nothing_names(rule: Fallback, row: Around, placed: Placed) -> None:
    seen = replace(row, placed=[])
    assert rule.make(seen) == f"row of {placed[1]}"
    assert seen.placed == [placed]


def test_a_review_that_one_engagement_links_to_needs_no_placeholder() -> None:
    row = Around(engagement="E1", fields={"team": s("t1")})
    assert rules.REVIEW_ENGAGEMENT.make(row) == "E1"
    assert row.placed == []


def test_every_rule_is_in_a_table() -> None:
    declared = [one for one in vars(rules).values() if isinstance(one, Fallback)]
    tried = {one.rule for one, *_ in (*CASES, *PLACED)}
    assert {one.rule for one in declared} == tried
    assert len({one.rule for one in declared}) == len(declared)
