"""Edge tables of texts, of what names people and documents, and of storage places."""

import pytest

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.people import (
    document_id,
    email,
    embedded_reference,
    first_user_key,
    name_before_at,
    user_key,
)
from moonlanding_assets.mapping.texts import (
    comment_text,
    email_list,
    first_line,
    highlight_type,
    joined_emails,
    mime_type,
    number_or_text,
    text,
    trimmed_text,
)
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.source.value import array, boolean, double, integer, map_, null, string
from moonlanding_assets.source.value import reference as pointer
from moonlanding_assets_tests.outcomes import Refused, assert_same, cases, given_back, refused

SQL_TEXT = "'; DROP TABLE users; --"

ROWS = (
    (text, string(""), ""),
    (text, string(" 12 "), " 12 "),
    (text, string("007"), "007"),
    (text, string("true"), "true"),
    (text, string("a\x00b"), "a\x00b"),
    (text, string("🧾e\u0301"), "🧾e\u0301"),
    (text, string(SQL_TEXT), SQL_TEXT),
    (text, string("<script>"), "<script>"),
    (text, string("x\r\n[ERROR]"), "x\r\n[ERROR]"),
    (text, string("\ud800"), refused("lone_surrogate")),
    (text, null(), None),
    (text, integer(12), refused("unexpected_kind")),
    (text, boolean(True), refused("unexpected_kind")),
    (trimmed_text, string(" \t\u00a0Acme \u3000\n"), "Acme"),
    (trimmed_text, string("a\x00 "), "a\x00"),
    (trimmed_text, string(" \u2003"), None),
    (trimmed_text, string(""), None),
    (trimmed_text, double(1.0), refused("unexpected_kind")),
    (first_line, string("\n\n  Bank letters \r\nrest"), "Bank letters"),
    (first_line, string("one\u2028two"), "one"),
    (first_line, string(" \n "), None),
    (first_line, array([]), refused("unexpected_kind")),
    (mime_type, string(" Application/PDF; charset=x"), "application/pdf"),
    (mime_type, string("image/svg+xml"), "image/svg+xml"),
    (mime_type, string(""), None),
    (mime_type, string("pdf"), refused("not_a_mime_type")),
    (mime_type, string("a/b/c"), refused("not_a_mime_type")),
    (mime_type, string("text/html<script>"), refused("not_a_mime_type")),
    (comment_text, map_({"text": string("x"), "emoji": string("👍")}), "x"),
    (comment_text, map_({"emoji": string("👍")}), None),
    (comment_text, string("x"), "x"),
    (comment_text, map_({"text": integer(1)}), refused("unexpected_kind")),
    (comment_text, map_({"text": null()}), None),
    (number_or_text, integer(1500), "1500"),
    (number_or_text, double(1500.0), "1500"),
    (number_or_text, string("R 1 500"), "R 1 500"),
    (number_or_text, string(""), ""),
    (number_or_text, double(float("nan")), refused("not_finite")),
    (joined_emails, array([string("a@x"), string("b@x")]), "a@x, b@x"),
    (joined_emails, string("a@x; b@x"), "a@x; b@x"),
    (joined_emails, array([]), None),
    (joined_emails, string(""), None),
    (joined_emails, array([string("")]), refused("empty_item")),
    (joined_emails, array([null()]), refused("empty_item")),
    (joined_emails, array([integer(1)]), refused("unexpected_kind")),
    (highlight_type, map_({"image": string("data:x")}), "area"),
    (highlight_type, map_({"text": string("x"), "image": string("")}), "text"),
    (highlight_type, map_({}), None),
    (highlight_type, map_({"image": integer(1)}), refused("unexpected_kind")),
    (highlight_type, string("x"), refused("unexpected_kind")),
    # ids
    (document_id, string("u1"), "u1"),
    (document_id, string("__id7__"), "__id7__"),
    (document_id, string("friday/users/list/u1"), "u1"),
    (document_id, string("/friday/users/list/u1"), "u1"),
    (document_id, string("projects/p/databases/(default)/documents/emails/e1"), "e1"),
    (document_id, string("projects/p1"), "p1"),
    (document_id, string("a/b/c/d/documents/x"), "x"),
    (document_id, pointer("friday/users/list/u1", project="demo-friday"), "u1"),
    (document_id, map_({"cloud_id": string("u1"), "name": string("x")}), "u1"),
    (document_id, string(""), None),
    (document_id, string(" "), None),
    (document_id, string("friday/users/list"), refused("not_a_document_path")),
    (document_id, string("a//b/c"), refused("not_a_document_path")),
    (document_id, string("a/b/"), refused("not_a_document_path")),
    (document_id, string("../x"), refused("not_a_document_path")),
    (document_id, string(".."), refused("not_a_document_path")),
    (document_id, string("."), refused("not_a_document_path")),
    (document_id, string("a/."), refused("not_a_document_path")),
    (document_id, string("https://x/y"), refused("not_a_document_path")),
    (document_id, map_({"name": string("x")}), refused("map_without_id")),
    (document_id, map_({"cloud_id": string("")}), refused("map_without_id")),
    (document_id, map_({"cloud_id": integer(7)}), refused("map_without_id")),
    (document_id, integer(7), refused("unexpected_kind")),
    (embedded_reference, map_({"cloud_id": string("t1")}), "t1"),
    (embedded_reference, string("t1"), "t1"),
    # e-mail addresses
    (email, string(" Thandi.M+x@Example.COM\u00a0"), "thandi.m+x@example.com"),
    (email, string("ÄRGER@EXAMPLE.COM"), "ärger@example.com"),
    (email, string("STRASSE@x.com"), "strasse@x.com"),
    (email, string("straße@x.com"), "straße@x.com"),
    (email, string("İ@x.com"), "i\u0307@x.com"),
    (email, string("a@b@c"), "a@b@c"),
    (email, string("@b@c"), "@b@c"),
    (email, string("a@b@"), refused("not_an_email")),
    (email, string(""), None),
    (email, string("  "), None),
    (email, null(), None),
    (email, string("thandi"), refused("not_an_email")),
    (email, string("@example.com"), refused("not_an_email")),
    (email, string("thandi@"), refused("not_an_email")),
    (email, integer(1), refused("unexpected_kind")),
    (user_key, string(" Thandi@Example.com "), "email:thandi@example.com"),
    (user_key, string("u1"), "id:u1"),
    (user_key, string("friday/users/list/u1"), "id:u1"),
    (user_key, string("friday/users/list/a@b"), "id:a@b"),
    (user_key, pointer("friday/users/list/u1", project="demo-friday"), "id:u1"),
    (user_key, map_({"cloud_id": string("u1"), "email": string("a@b")}), "id:u1"),
    (user_key, map_({"cloud_id": string(""), "email": string("A@B")}), "email:a@b"),
    (user_key, map_({"email": string("A@B"), "name": string("x")}), "email:a@b"),
    (user_key, map_({"email": string("")}), None),
    (user_key, map_({"email": null()}), None),
    (user_key, map_({"email": string("none")}), refused("not_an_email")),
    (user_key, map_({"name": string("x")}), refused("map_without_id")),
    (user_key, string(""), None),
    (user_key, string("@"), refused("not_an_email")),
    (user_key, boolean(True), refused("unexpected_kind")),
    (first_user_key, array([string("u1"), string("u2")]), "id:u1"),
    (first_user_key, array([]), None),
    (first_user_key, array([integer(1)]), refused("unexpected_kind")),
    (first_user_key, string("u1"), refused("unexpected_kind")),
    (name_before_at, string(" Thandi.Mokoena@example.com"), "Thandi.Mokoena"),
    (name_before_at, string("a@b@c"), "a@b"),
    (name_before_at, string("x"), refused("not_an_email")),
    (name_before_at, string(""), None),
)


@cases(ROWS)
def test_texts_and_names(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    assert_same(transform, value, expected)


@pytest.mark.parametrize(
    ("transform", "sql", "value"),
    [
        (text, "", string("")),
        (comment_text, "x", map_({"text": string("x")})),
        (number_or_text, "1500", integer(1500)),
        (number_or_text, "1500.00", string("1500.00")),
        (joined_emails, "a@x, b@x", string("a@x, b@x")),
        (email_list, "a@x, b@x", array([string("a@x"), string("b@x")])),
        (email_list, "a@x, ", string("a@x, ")),
        (document_id, "u1", string("u1")),
        (embedded_reference, "t1", map_({"cloud_id": string("t1")})),
        (user_key, "email:a@b", string("a@b")),
        (user_key, "id:u1", string("u1")),
        (user_key, "id:a@b", map_({"cloud_id": string("a@b")})),
        (first_user_key, "id:u1", array([string("u1")])),
        (highlight_type, "area", None),
    ],
)
def test_the_usual_spelling_comes_back(
    transform: Transform, sql: SqlValue, value: Value | None
) -> None:
    assert transform.inverse(sql) == value


@pytest.mark.parametrize(("transform", "sql"), [(text, 1), (user_key, "u1"), (email, 1.5)])
def test_what_the_migration_never_writes_is_refused(transform: Transform, sql: SqlValue) -> None:
    assert given_back(transform, sql) == refused("unexpected_sql_value")


def test_a_refusal_never_shows_the_value() -> None:
    with pytest.raises(RejectedValue) as refusal:
        email.forward(string("secret person"))
    assert "secret" not in str(refusal.value)
