"""Explanations of documents and rows on a real database: complete, and without a value."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import LoadError
from moonlanding_assets.proof.explain import explain_document, explain_row
from moonlanding_assets.proof.explain_text import render, to_json
from moonlanding_assets.proof.explanation import ColumnLine, DocumentPart, column_shape, value_shape
from moonlanding_assets_tests.migrating import a, firm, i, m, migrate, s, write_sources

E1 = "friday/engagements/list/e1"
W1 = "myworkreview/reviews/list/w1"
U1 = "friday/users/list/u1"
VALUES = ("Anna Abel", "Anne Abel", "one.example", "Year end", "All of", "31/02/26", "shown", "why")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("explain")
    write_sources(directory / "other", {"friday/engagements": {E1: {"stage": s("x")}}})
    return migrate(write_sources(directory / "sources", firm()), directory)


def document(database: Path, path: str) -> DocumentPart:
    [part] = explain_document(database, path).documents
    return part


def column(part: DocumentPart, table: str, name: str) -> ColumnLine:
    [row] = [row for row in part.rows if row.table == table]
    [line] = [line for line in row.columns if line.column == name]
    return line


def row_of(database: Path, table: str) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute(f"SELECT id FROM {table}").fetchone()[0])


def test_a_document_field_by_field(database: Path) -> None:
    part = document(database, E1)
    assert (part.outcome, part.collection) == ("loaded", "friday/engagements")
    assert part.leaves == {"mapped": 6, "residue": 2, "quarantined": 1, "declared": 0}
    stage = column(part, "engagement", "stage")
    assert stage.sources == ("stage",)
    assert stage.how.startswith("stage: The stage of an engagement")
    assert stage.value.startswith("text 14 #")
    letter = column(part, "engagement", "letter_client_status")
    assert letter.sources == ("engagement_letter.client status",)
    assert letter.note.startswith("alias: ")
    assert column(part, "letter", "client_status").how.startswith("a copy; ")
    name = column(part, "engagement", "name")
    assert (name.sources, name.note) == ((), "")
    assert name.how.startswith("derived by engagement_name: The title, else")
    deadline = column(part, "engagement", "deadline_date")
    assert (deadline.value, deadline.note[:9]) == ("NULL", "rejected:")
    anna = row_of(database, "users WHERE status = 'active'")
    assert column(part, "engagement", "created_by").value == anna
    assert {one.field: one.meaning for one in part.residue}["fee_split"] == "no column holds it"
    assert {one.reason for one in part.residue} == {"rejected", "alias", "no_column",
                                                    "unknown_field"}  # fmt: skip
    [reject] = part.quarantine
    assert (reject.field, reject.reason) == ("deadline_date", "not_a_calendar_date")
    [client] = part.placeholders
    assert (client.table, client.key) == ("client", "friday/clients/list/gone")


def test_items_carry_their_place_and_mended_paths(database: Path) -> None:
    part = document(database, W1)
    places = [(row.table, row.place) for row in part.rows]
    assert places == [
        ("review", ""),
        ("highlight", "highlights[0]"),
        ("highlight_comment", "highlights[0].responses[0]"),
    ]
    assert column(part, "highlight", "comment").sources == ("highlights[0].comment",)
    assert column(part, "highlight", "comment").how.startswith("string_only: ")
    assert {one.locator for one in part.quarantine} == {"collaborators[@0]"}
    assert "email:#" in next(one.key for one in part.placeholders if one.reason == "user_gone")


def test_quarantined_declared_and_kept_documents_say_why(database: Path) -> None:
    quarantined = document(database, "friday/users/list/u2")
    assert (quarantined.outcome, quarantined.rows) == ("quarantined", ())
    assert quarantined.meaning.startswith("a column that must have a value")
    declared = document(database, "friday/engagements")
    assert declared.meaning.startswith("counters that the application")
    kept = document(database, "friday/entityTypes/list/t")
    assert kept.meaning.startswith("no table has a home")
    unknown = document(database, "friday/things/list/t1")
    assert unknown.meaning.startswith("no declaration knows the collection")


def test_a_merged_user_row_comes_from_both_documents(database: Path) -> None:
    row_id = row_of(database, "users WHERE status = 'active'")
    explanation = explain_row(database, "users", row_id)
    friday, mwr = explanation.documents
    assert (friday.path, friday.outcome) == (U1, "loaded")
    assert (mwr.path, mwr.outcome) == ("myworkreview/users/list/m1", "merged")
    assert column(mwr, "users", "name").note.startswith("this document says something else")
    assert column(friday, "users", "photo_url").note.startswith("this document says nothing")
    roles = {one.path: one.role for one in mwr.merges if not one.field}
    assert roles == {U1: "winner", "myworkreview/users/list/m1": "loser"}
    assert any(one.needs_review for one in mwr.merges)
    assert "looks wrong: the names differ" in render(explanation)


def test_a_row_of_an_item_shows_its_own_part_alone(database: Path) -> None:
    [part] = explain_row(database, "highlight", row_of(database, "highlight")).documents
    assert [row.table for row in part.rows] == ["highlight"]
    assert part.quarantine == ()
    assert [one.field for one in part.residue] == ["highlights[0].comment"]


def test_rows_that_no_document_gives(database: Path, tmp_path: Path) -> None:
    gone = "client WHERE id IN (SELECT client_id FROM engagement WHERE year = '2025')"
    invented = explain_row(database, "client", row_of(database, gone))
    assert invented.documents == ()
    assert invented.notes == (
        "Invented: references name a document that the snapshot does not have "
        "(friday/clients/list/gone).",
    )
    copy = tmp_path / "app.db"
    copy.write_bytes(database.read_bytes())
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("INSERT INTO team (id, name, created_at) VALUES ('own', 'x', 'y')")
    assert "there before the migration" in explain_row(copy, "team", "own").notes[0]


def test_the_snapshot_is_compared_where_it_is_given(database: Path) -> None:
    sources = database.parent / "sources" / "04.parquet"
    other = database.parent / "other" / "00.parquet"
    users = database.parent / "sources" / "00.parquet"
    said = [explain_document(database, E1, raw).documents[0].snapshot
            for raw in (None, sources, other, users)]  # fmt: skip
    assert said == ["", "same", "differs", "missing"]
    assert "the snapshot has another one" in render(explain_document(database, E1, other))


def test_no_value_is_shown_unless_somebody_asks(database: Path) -> None:
    for path in (E1, W1, U1):
        explanation = explain_document(database, path)
        for text in (render(explanation), to_json(explanation)):
            assert not [value for value in VALUES if value in text]
    asked = render(explain_document(database, U1, show_values=True))
    assert "anna@one.example" in asked
    assert "Anna Abel" in asked


def test_shown_values_cannot_forge_lines(database: Path) -> None:
    text = render(explain_document(database, E1, show_values=True))
    assert "All of\\u000ait" in text
    assert "\u202e" not in text


def test_the_json_holds_all_of_it(database: Path) -> None:
    held = json.loads(to_json(explain_document(database, E1)))
    assert held["subject"] == E1
    assert held["documents"][0]["rows"][0]["table"] == "engagement"
    assert len(held["documents"][0]["residue"]) == len(document(database, E1).residue)


def test_long_lists_are_cut_and_say_so(tmp_path: Path) -> None:
    many = [m(id=s(f"h{n}"), comment=s("x")) for n in range(70)]
    path = "myworkreview/reviews/list/w"
    sources = write_sources(tmp_path, {"mwr/reviews": {path: {"highlights": a(*many)}}})
    text = render(explain_document(migrate(sources, tmp_path), path))
    assert "and 46 more rows (46 of highlight)" in text
    assert "and 80 more: 40 alias, 40 no_column" in text


def test_paths_as_firestore_shows_them_are_understood(database: Path) -> None:
    full = f"projects/p/databases/(default)/documents/{E1}"
    assert explain_document(database, full).subject == E1
    assert explain_document(database, f" /{E1}/ ").subject == E1


def test_what_is_not_there_is_an_error(database: Path, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="friday/x/list/y is not in the ledger"):
        explain_document(database, "friday/x/list/y")
    with pytest.raises(LoadError, match="is not in the ledger") as caught:
        explain_document(database, "x\ny")
    assert "\n" not in str(caught.value)
    with pytest.raises(LoadError, match="no table 'engagements'"):
        explain_row(database, "engagements", "x")
    with pytest.raises(LoadError, match="no row with the id"):
        explain_row(database, "engagement", "x")
    with pytest.raises(LoadError, match="does not exist"):
        explain_document(tmp_path / "no.db", E1)
    (tmp_path / "empty.db").touch()
    with pytest.raises(LoadError, match="holds no ledger"):
        explain_document(tmp_path / "empty.db", E1)


def test_shapes_of_values() -> None:
    said = [value_shape(x, show=False).partition(" #")[0] for x in (
        s("secret"), i(5), a(i(1), i(2)), m(x=i(1)), {"nullValue": None}, {"doubleValue": "NaN"},
    )]  # fmt: skip
    assert said == ["string 6", "integer", "array 2", "map 1", "null", "double"]
    row_id = "3e8224a2-0883-568d-9bdf-86a447ee5d1a"
    assert column_shape(row_id, show=False) == row_id
    assert column_shape(None, show=False) == "NULL"
    assert column_shape(7, show=False).startswith("number #")
    assert column_shape("x" * 500, show=True).endswith("… (500 characters)")
