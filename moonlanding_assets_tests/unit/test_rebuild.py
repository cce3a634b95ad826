"""One document rebuilt from hand-made rows and residue, without engine and database."""

from typing import Any

import pytest

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.row import Path
from moonlanding_assets.proof.rebuild import Residue, StoredRow, path_of, rebuild
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets_tests.handmade import NOON, a, m, s

NULL: dict[str, Any] = {"nullValue": None}
TEN = {"timestampValue": "2026-02-05T10:00:00Z"}
CLIENTS, REVIEWS = "friday/clients", "mwr/reviews"
PEOPLE = Directory(snapshot_time=NOON, emails={"U1": "ann@y"})


def row(
    table: str, *, at: Path = (), derived: tuple[str, ...] = (), **columns: SqlValue
) -> StoredRow:
    """A row with these columns; all others are NULL."""
    held = {column.name: columns.get(column.name) for column in TABLE[table].columns}
    assert columns.keys() <= held.keys()
    return StoredRow(table=table, columns=held, position=at, derived=frozenset(derived))


def left(*path: str | int, value: Any = None, reason: str = "form") -> Residue:
    return Residue(path=path, reason=reason, value=value)


def back(collection: str, rows: list[StoredRow], *residue: Residue) -> dict[str, Any]:
    return rebuild(collection, rows, residue, PEOPLE)


CLIENT = row("client", id="C", name="One", status="active", code=None, risk_notes="")
CASES: tuple[tuple[str, list[StoredRow], tuple[Residue, ...], dict[str, Any]], ...] = (
    (CLIENTS, [], (), {}),
    (CLIENTS, [CLIENT], (),
     {"name": s("One"), "status": s("active"), "risk_notes": s("")}),
    # a derived column stands for no field
    (CLIENTS, [row("client", name="One", status="active", derived=("status",))], (),
     {"name": s("One")}),
    # the residue wins over the rows
    (CLIENTS, [CLIENT], (left("status", value=s("Active")), left("surprise", value=m(a=NULL))),
     {"name": s("One"), "status": s("Active"), "risk_notes": s(""), "surprise": m(a=NULL)}),
    # what the rows give though the document has nothing there
    (CLIENTS, [CLIENT], (left("status", reason="absent"), left("risk_notes", reason="absent")),
     {"name": s("One")}),
    (CLIENTS, [CLIENT], (left("gone", reason="absent"), left("name", "gone", reason="absent"),
                         left("gone", "gone", "gone", reason="absent")),
     {"name": s("One"), "status": s("active"), "risk_notes": s("")}),
    # a value that came by a rule's second name, with or without its spelling in the residue
    (CLIENTS, [row("client", email="x@y")], (left("master_emails", reason="alias"),),
     {"master_emails": a(s("x@y"))}),
    (CLIENTS, [row("client", email="x@y")],
     (left("master_emails", reason="form_alias", value=a(s("X@y"), s("z@y"))),),
     {"master_emails": a(s("X@y"), s("z@y"))}),
    (CLIENTS, [row("client", email="x@y")],
     (left("master_emails", reason="form", value=a(s("z@y"))),),
     {"email": s("x@y"), "master_emails": a(s("z@y"))}),
    (CLIENTS, [row("client", email="x@y")], (left("other", reason="alias"),),
     {"email": s("x@y")}),
    # a person who is known, and one who is not
    (REVIEWS, [row("review", created_by="U1")], (), {"email": s("ann@y")}),
    (REVIEWS, [row("review", created_by="U2")], (left("email", value=s("gone")),),
     {"email": s("gone")}),
    # into maps and arrays that are there, or are made on the way
    (CLIENTS, [CLIENT],
     (left("fees", "2024", "a.b/c", value=NULL), left("fees", "2025", value=m())),
     {"name": s("One"), "status": s("active"), "risk_notes": s(""),
      "fees": m(**{"2024": m(**{"a.b/c": NULL}), "2025": m()})}),
    (CLIENTS, [], (left("x", 1, "b", value=NULL), left("x", 0, value=s("first")),
                   left("x", 1, "a", 0, value=s("in")), left("x", 2, 0, value=s("deep"))),
     {"x": a(s("first"), m(b=NULL, a=a(s("in"))), a(s("deep")))}),
    # something of another kind gives way
    (CLIENTS, [CLIENT], (left("name", "a", value=s("x")), left("status", 0, value=s("y"))),
     {"name": m(a=s("x")), "status": a(s("y")), "risk_notes": s("")}),
    (CLIENTS, [], (left("x", value=m(a=s("1"))), left("x", 0, value=s("2"))), {"x": a(s("2"))}),
    (CLIENTS, [], (left("x", value=a(s("1"))), left("x", "a", value=s("2"))), {"x": m(a=s("2"))}),
    (CLIENTS, [], (left("x", value=m(a=s("1"))), left("x", "b", value=s("2"))),
     {"x": m(a=s("1"), b=s("2"))}),
    (CLIENTS, [], (left("x", value=a(s("1"))), left("x", 0, value=s("2"))), {"x": a(s("2"))}),
    # rows of items
    (REVIEWS, [row("highlight", at=("highlights", 1), created_by="U1", status="resolved"),
               row("highlight", at=("highlights", 0))], (),
     {"highlights": a(m(), m(email=s("ann@y"), resolved={"booleanValue": True}))}),
    (REVIEWS, [row("highlight_comment", at=("highlights", 0, "responses", 1), text="so",
                   created_at="2026-02-05T10:00:00.000Z", created_by="U1"),
               row("highlight", at=("highlights", 0), text="see", comment="why")],
     (left("highlights", 0, "responses", 0, value=s("no map")),
      left("highlights", 1, value=s("no map"))),
     {"highlights": a(m(
         responses=a(s("no map"), m(comment=m(text=s("so")), datetime=TEN)),
         content=m(text=s("see")), comment=m(text=s("why")),
     ), s("no map"))}),
    (REVIEWS, [row("highlight_comment", at=("highlights", 0, "responses", 0), text="so")],
     (left("highlights", 0, "responses", 0, "comment", reason="alias"),),
     {"highlights": a(m(responses=a(m(comment=s("so")))))}),
    (REVIEWS, [row("highlight", at=("highlights", 0), comment="why"),
               row("highlight", at=("highlights", 1), comment="so")],
     (left("highlights", 0, "comment", reason="alias"),
      left("highlights", 1, "comment", "text", reason="absent")),
     {"highlights": a(m(comment=s("why")), m(comment=m()))}),
    (REVIEWS, [row("tender", at=("tender_details",), estimated_value="5", name="Of the review")],
     (), {"tender_details": m(price={"integerValue": "5"})}),
    (REVIEWS, [row("tender", at=("tender_details",), tender_status="open")], (),
     {"tender_details": m()}),
    (REVIEWS, [row("collaborator", at=("collaborators", 0), email="x@y")],
     (left("collaborators", 0, "email", reason="absent"),), {"collaborators": a(m())}),
    # rows that only repeat what another row holds make no place of their own
    (REVIEWS, [row("flag", at=("flags", 0), flag_type="Won")], (), {}),
    (REVIEWS, [row("checklist_item", at=("sections", 0, "items", 0), assigned_to="U1")], (), {}),
    (REVIEWS, [row("migration_highlight_rects", x1="i1",
                   at=("highlights", 0, "position", "boundingRect"))], (), {}),
)  # fmt: skip


@pytest.mark.parametrize(("collection", "rows", "residue", "fields"), CASES)
def test_a_document_is_its_rows_and_its_residue(
    collection: str, rows: list[StoredRow], residue: tuple[Residue, ...], fields: dict[str, Any]
) -> None:
    assert back(collection, rows, *residue) == fields


def test_a_row_that_no_mapping_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        back(CLIENTS, [row("review", name="x")])
    with pytest.raises(KeyError):
        back(REVIEWS, [row("highlight", at=("flags", 0))])


def test_the_path_of_a_leaf_is_a_json_array() -> None:
    assert path_of('["a.b",0,"c"]') == ("a.b", 0, "c")
    assert path_of("[]") == ()
