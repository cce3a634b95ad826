"""The inverse of every rule: which fields a column stands for, and which rows a document has."""

from typing import Any

import pytest

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.combinations import RFI_STATUS_OF
from moonlanding_assets.mapping.enumerations import CLIENT_STATUS
from moonlanding_assets.mapping.fallbacks import SNAPSHOT_TIME
from moonlanding_assets.mapping.language import (
    Ancestor,
    Completed,
    Constant,
    Copy,
    Derive,
    Key,
    Parent,
    Position,
    Reference,
    ReferenceList,
    Role,
    Unset,
    combine,
    take,
    user,
)
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.texts import highlight_type, text, trimmed_text
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.give_back import give_back, same
from moonlanding_assets.normalize.identity import item_id
from moonlanding_assets.normalize.places import source_rows
from moonlanding_assets.normalize.row import SourceRow, Work
from moonlanding_assets_tests.handmade import NOON, a, m, s

PEOPLE = Directory(
    snapshot_time=NOON,
    documents={
        ("U1", "friday/users"): "u1", ("C1", "friday/clients"): "c1", ("T2", "mwr/teams"): "t2",
        ("V1", "mwr/reviews"): "r1", ("V2", "mwr/reviews"): "r2",
    },
    emails={"U1": "ann@y"},
    role_ids={("friday", "partner"): "KBC"},
)  # fmt: skip
EITHER = Reference(names=("team", "teams"), to=("friday/teams", "mwr/teams"))
CLIENT = Reference(names=("client",), to=("friday/clients",))
REVIEWS = ReferenceList(names=("reviews",), to="mwr/reviews")
ROLE = Role(names=("role", "role_name"), to="friday")
BY_EMAIL, BY_ID = (user("by", "author", to="friday/users", by=how) for how in ("email", "id"))
FIRST = user("by", to="friday/users", by="id", first=True)
GIVEN: tuple[tuple[Any, SqlValue, int, tuple[Any, ...]], ...] = (
    (take("name", by=text), "x", 0, (("name", s("x")),)),
    (take("name", "title", by=text), "x", 1, (("title", s("x")),)),
    (take("name", by=text), None, 0, ()),
    (take("name", by=text), "", 0, (("name", s("")),)),
    (take("name", "state", by=(text, CLIENT_STATUS)), "sent", 1, (("state", s("Sent")),)),
    # a word of the other system, which this one has no spelling for
    (take("state", by=CLIENT_STATUS), "elsewhere", 0, (("state", None),)),
    (take("content", by=highlight_type), "area", 0, ()),
    (combine("status", "client", by=RFI_STATUS_OF), "closed", 0,
     (("status", {"integerValue": "1"}), ("client", None))),
    (CLIENT, "C1", 0, (("client", s("c1")),)),
    (CLIENT, "gone", 0, (("client", None),)),
    (EITHER, "T2", 0, (("team", s("t2")),)),
    (EITHER, "T2", 1, (("teams", s("t2")),)),
    (EITHER, "gone", 1, (("teams", None),)),
    (Reference(names=("client",), to=("friday/clients",), is_copy=True), "C1", 0, ()),
    (BY_EMAIL, "U1", 0, (("by", s("ann@y")),)),
    (BY_EMAIL, "U1", 1, (("author", s("ann@y")),)),
    (BY_EMAIL, "gone", 1, (("author", None),)),
    (BY_ID, "U1", 0, (("by", s("u1")),)),
    (BY_ID, "gone", 0, (("by", None),)),
    (user("by", to="mwr/users", by="id"), "U1", 0, (("by", None),)),
    (FIRST, "U1", 0, (("by", a(s("u1"))),)),
    (FIRST, "gone", 0, (("by", None),)),
    (user("by", to="friday/users", by="id", is_copy=True), "U1", 0, ()),
    (REVIEWS, '["V2","V1"]', 0, (("reviews", a(s("r2"), s("r1"))),)),
    (REVIEWS, "[]", 0, (("reviews", a()),)),
    (REVIEWS, '["V2","gone"]', 0, (("reviews", None),)),
    (ROLE, "partner", 0, (("role", s("KBC")),)),
    (ROLE, "clerk", 0, (("role", None),)),
    (ROLE, "clerk", 1, (("role_name", s("Clerk")),)),
    # what stands for no field
    (Copy(names=("name",), by=(text,)), "x", 0, ()), (Key(), "x", 0, ()), (Parent(), "x", 0, ()),
    (Ancestor(4, "friday/engagements", "engagement"), "x", 0, ()), (Position(), 3, 0, ()),
    (Constant("!", "why"), "!", 0, ()), (Derive(SNAPSHOT_TIME), NOON, 0, ()), (Unset(), "x", 0, ()),
    (Completed("latest"), "x", 0, ()),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "value", "chosen", "given"), GIVEN)
def test_a_column_stands_for_these_fields(
    rule: Any, value: SqlValue, chosen: int, given: tuple[Any, ...]
) -> None:
    assert give_back(rule, value, chosen=chosen, directory=PEOPLE) == given


SAME: tuple[tuple[Value, Value, bool], ...] = (
    (s("x"), s("x"), True), (s("x"), s("y"), False), (s("1"), {"integerValue": "1"}, False),
    ({"doubleValue": 0.0}, {"doubleValue": -0.0}, False),
    ({"doubleValue": 1.0}, {"doubleValue": 1}, False),
    ({"doubleValue": 1.0}, {"doubleValue": 1.0}, True),
    (a({"doubleValue": 0.0}), a({"doubleValue": -0.0}), False),
    (m(a={"doubleValue": 0.0}), m(a={"doubleValue": -0.0}), False),
    (m(a=s("x"), b=s("y")), m(b=s("y"), a=s("x")), True),
    (m(b=s("y"), a=s("x")), m(a=s("x"), b=s("y")), True),
    ({"geoPointValue": {"latitude": 0.0, "longitude": 1.0}},
     {"geoPointValue": {"latitude": -0.0, "longitude": 1.0}}, False),
    ({"geoPointValue": {"latitude": 0.0, "longitude": 1.0}},
     {"geoPointValue": {"longitude": 1.0, "latitude": 0.0}}, True),
)  # fmt: skip


@pytest.mark.parametrize(("left", "right", "expected"), SAME)
def test_the_same_means_every_bit(left: Value, right: Value, expected: bool) -> None:
    assert same(left, right) is expected


REVIEW = "myworkreview/reviews/list/r"
TABLES = {
    (one.collection.key, table.table.name, table.each): table
    for one in MAPPINGS
    for table in one.tables
}


def places(
    mapping: TableMapping, fields: dict[str, Any], *, path: str = REVIEW, sibling: str = ""
) -> tuple[list[SourceRow], Work]:
    """The rows to be of a document, and the document with what they claimed."""
    directory = Directory(snapshot_time=NOON, siblings=frozenset({sibling}))
    work = Work(path=path, collection="mwr/reviews", fields=fields, directory=directory)
    return list(source_rows(mapping, work, "R")), work


def shown(row: SourceRow) -> tuple[Any, ...]:
    return row.locator, row.where, row.position, row.index, row.parents


def test_a_document_is_the_place_of_its_own_row() -> None:
    mapping = TABLES[("mwr/reviews", "review", ())]
    [row], work = places(mapping, {"groupName": s("x")})
    assert (row.table, row.id, row.scope, row.item) == ("review", "R", work.fields, None)
    assert shown(row) == ("", (), "", 0, ())
    assert row.work is work


def test_the_items_of_an_array_and_the_items_inside_them() -> None:
    answers = a(m(id=s("r1")), s("no map"), m(comment=s("second")))
    fields = {"highlights": a(m(id=s("h1"), responses=answers), m(), s("no map"), m(id=s("h4")))}
    rows, work = places(TABLES[("mwr/reviews", "highlight", ("highlights",))], fields)
    assert [shown(row) for row in rows] == [
        ("highlights[h1]", ("highlights", 0), '["highlights",0]', 0, ("R",)),
        ("highlights[@1]", ("highlights", 1), '["highlights",1]', 1, ("R",)),
        ("highlights[h4]", ("highlights", 3), '["highlights",3]', 3, ("R",)),
    ]
    assert [row.id for row in rows] == [item_id(REVIEW, row.locator) for row in rows]
    assert rows[0].scope == {"id": s("h1"), "responses": answers}
    assert rows[1].item == m()
    assert all(row.table == "highlight" and row.work is work for row in rows)
    mapping = TABLES[("mwr/reviews", "highlight_comment", ("highlights", "responses"))]
    inside, _ = places(mapping, fields)
    first, second = "highlights[h1].responses[r1]", "highlights[h1].responses[@2]"
    parents = ("R", item_id(REVIEW, "highlights[h1]"))
    assert [shown(row) for row in inside] == [
        (first, ("highlights", 0, "responses", 0), '["highlights",0,"responses",0]', 0, parents),
        (second, ("highlights", 0, "responses", 2), '["highlights",0,"responses",2]', 2, parents),
    ]
    assert [row.id for row in inside] == [item_id(REVIEW, one) for one in (first, second)]


def test_a_map_is_one_item_without_a_place_in_an_array() -> None:
    mapping = TABLES[("mwr/reviews", "tender", ("tender_details",))]
    [row], _ = places(mapping, {"tender_details": m(a=s("x"))})
    assert shown(row) == ("tender_details", ("tender_details",), '["tender_details"]', 0, ("R",))
    assert row.id == item_id(REVIEW, "tender_details")
    assert row.scope == {"a": s("x")}


@pytest.mark.parametrize("value", [None, s("x"), {"nullValue": None}, a(), a(s("x"))])
def test_what_holds_no_items_has_no_rows(value: Any) -> None:
    fields = {} if value is None else {"highlights": value}
    rows, work = places(TABLES[("mwr/reviews", "highlight", ("highlights",))], fields)
    assert rows == []
    assert work.claims == {}


def test_a_document_of_the_sibling_collection_wins_over_an_item() -> None:
    mapping = TABLES[("friday/engagements_rfis", "rfi_response", ("responses",))]
    path = "friday/engagements/list/e1/rfis/q1"
    sibling = "friday/engagements/list/e1/responses/r1"
    fields = {"responses": a(m(id=s("r1")), m(id=s("r2")))}
    rows, work = places(mapping, fields, path=path, sibling=sibling)
    assert [row.locator for row in rows] == ["responses[r2]"]
    assert work.claims == {"responses": {0: "merged"}}


def test_a_text_is_an_item_only_for_who_takes_the_item_itself() -> None:
    with_item = [one for one in TABLES.values() if one.each and "." in set(one.names)]
    assert with_item
    for mapping in with_item:
        fields: Any = a(s("x"))
        for segment in reversed(".".join(mapping.each).split(".")):
            fields = m(**{segment: fields})
        rows, _ = places(mapping, fields["mapValue"]["fields"])
        assert [row.item for row in rows] == [s("x")]


def test_a_trimmed_name_is_given_back_trimmed() -> None:
    assert give_back(take("n", by=trimmed_text), "x", chosen=0, directory=PEOPLE) == (
        ("n", s("x")),
    )
