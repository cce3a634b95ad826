"""Claims and remainder, leaf by leaf: what the rows give back, and what the residue keeps."""

from typing import Any

import pytest

from moonlanding_assets.mapping.language import Key, Reference, take
from moonlanding_assets.mapping.numbers import number
from moonlanding_assets.mapping.texts import text, trimmed_text
from moonlanding_assets.mapping.times import date, utc_timestamp
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.residue import Remainder, children, count_leaves, remainder
from moonlanding_assets.normalize.row import Path, SourceRow, Work
from moonlanding_assets.normalize.settle import claim_alike, settle, settle_best
from moonlanding_assets_tests.handmade import NOON, a, m, s

ONE, NULL = {"integerValue": "1"}, {"nullValue": None}
STAMP = {"timestampValue": "2026-02-05T12:30:00Z"}
STAMP_US = {"timestampValue": "2026-02-05T12:30:00.123456Z"}

LEAVES: tuple[tuple[dict[str, Any], int], ...] = (
    (s("x"), 1), (NULL, 1), (m(), 1), (a(), 1), (a(s("x"), s("y")), 2), (m(a=s("x"), b=ONE), 2),
    (m(a=a(m(), a(), ONE), b=NULL), 4), ({"geoPointValue": {"latitude": 1.0, "longitude": 2.0}}, 1),
)  # fmt: skip


@pytest.mark.parametrize(("value", "leaves"), LEAVES)
def test_leaves_are_scalars_and_what_is_empty(value: Value, leaves: int) -> None:
    assert count_leaves(value) == leaves


def test_the_members_of_maps_and_arrays() -> None:
    assert list(children(m(b=s("x"), a=ONE))) == [("b", s("x")), ("a", ONE)]
    assert list(children(a(s("x"), ONE))) == [(0, s("x")), (1, ONE)]
    assert list(children(s("x"))) == []


FIELDS = {"one": s("x"), "two": m(a=ONE, b=a(ONE, s("")), c=m()), "three": NULL}
ENTRY = tuple[Path, str, Value]
WALKS: tuple[tuple[dict[str, Any], dict[Any, Any], dict[str, str], list[ENTRY], list[int]], ...] = (
    # nothing is claimed
    ({"one": s("x")}, {}, {}, [(("one",), "unknown_field", s("x"))], [0, 1, 0, 0]),
    ({"one": NULL}, {}, {}, [(("one",), "unknown_field", NULL)], [0, 1, 0, 0]),
    ({"one": a(ONE, ONE)}, {}, {"one": "declared"}, [(("one",), "declared", a(ONE, ONE))],
     [0, 0, 0, 2]),
    ({"one": s("")}, {}, {"one": "no_column"}, [(("one",), "empty", s(""))], [0, 1, 0, 0]),
    ({"one": s("x")}, {}, {"one": "no_column"}, [(("one",), "no_column", s("x"))], [0, 1, 0, 0]),
    ({"one": m()}, {}, {"one": "no_column"}, [(("one",), "no_column", m())], [0, 1, 0, 0]),
    # claimed whole
    (FIELDS, {"one": "", "two": "", "three": ""}, {}, [], [6, 0, 0, 0]),
    (FIELDS, {"one": "form", "two": "rejected", "three": "quarantined"}, {}, [
        (("one",), "form", s("x")), (("two",), "rejected", FIELDS["two"]),
        (("three",), "quarantined", NULL),
    ], [0, 1, 5, 0]),
    ({"one": s("")}, {"one": "form"}, {"one": "declared"}, [(("one",), "form", s(""))],
     [0, 1, 0, 0]),
    # claimed in part: what is left inside has no column
    ({"two": FIELDS["two"]}, {"two": {"a": "", "b": {1: ""}}}, {"two": "declared"}, [
        (("two", "b", 0), "no_column", ONE), (("two", "c"), "no_column", m()),
    ], [2, 2, 0, 0]),
    ({"two": FIELDS["two"]}, {"two": {"a": "form", "b": {0: "declared"}, "c": ""}}, {}, [
        (("two", "a"), "form", ONE), (("two", "b", 0), "declared", ONE),
        (("two", "b", 1), "empty", s("")),
    ], [1, 2, 0, 1]),
    # claimed inside something that has no inside
    ({"one": s("x")}, {"one": {"a": ""}}, {}, [(("one",), "form", s("x"))], [0, 1, 0, 0]),
    ({"one": m()}, {"one": {"a": ""}}, {}, [(("one",), "form", m())], [0, 1, 0, 0]),
)  # fmt: skip


@pytest.mark.parametrize(("fields", "claims", "reasons", "entries", "leaves"), WALKS)
def test_every_leaf_is_claimed_or_kept(
    fields: dict[str, Any],
    claims: dict[Any, Any],
    reasons: dict[str, str],
    entries: list[ENTRY],
    leaves: list[int],
) -> None:
    left = remainder(fields, claims, reasons=reasons, default="unknown_field")
    assert left == Remainder(entries=entries, leaves=leaves)
    assert sum(left.leaves) == sum(map(count_leaves, fields.values()))


Alike = tuple[Value, Value, Any, list[Path], bool]
ALIKE: tuple[Alike, ...] = (
    (s("x"), s("x"), "", [], True),
    (s("x"), s("y"), "form", [], False),
    (s("x"), m(a=s("x")), "form", [], False),
    (m(a=ONE, b=s("x")), m(a=ONE, b=s("x")), "", [], True),
    (m(a=ONE, b=s("x")), m(a=ONE, b=s("y")), {"a": "", "b": "form"}, [], True),
    (m(a=ONE, b=s("x")), m(a=ONE), {"a": "", "b": "form"}, [], True),
    (m(a=ONE), m(a=ONE, b=s("x")), {"a": ""}, [("f", "b")], True),
    (m(a=m(b=ONE)), m(a=m(b=NULL, c=ONE)), {"a": {"b": "form"}}, [("f", "a", "c")], True),
    (m(), m(a=ONE), "form", [], False),
    (m(a=ONE), a(ONE), "form", [], False),
    (a(ONE), m(a=ONE), "form", [], False),
    (a(ONE, s("x")), a(ONE, s("y")), {0: "", 1: "form"}, [], True),
    (a(ONE, s("x")), a(ONE), "form", [], False),
    (a(ONE), a(ONE, s("x")), "form", [], False),
    (a(), a(ONE), "form", [], False),
    ({"doubleValue": 0.0}, {"doubleValue": -0.0}, "form", [], False),
)


@pytest.mark.parametrize(("source", "given", "claims", "absent", "told"), ALIKE)
def test_one_leaf_that_is_lost_does_not_take_its_neighbours(
    source: Value, given: Value, claims: Any, absent: list[Path], told: bool
) -> None:
    work = work_of({"f": source})
    assert claim_alike(work, ("f",), source, given) is told
    assert work.claims == {"f": claims}
    assert work.absent == absent


def work_of(fields: dict[str, Any], *, whole_seconds: bool = False) -> Work:
    directory = Directory(snapshot_time=NOON, documents={("C1", "friday/clients"): "c1"})
    return Work(
        path="friday/clients/list/x",
        collection="friday/clients",
        fields=fields,
        directory=directory,
        whole_seconds=whole_seconds,
    )


def row_of(work: Work) -> SourceRow:
    return SourceRow(work=work, table="client", id="X", scope=work.fields)


NAME = take("name", "title", by=(trimmed_text, text))
MOMENT = take("at", by=utc_timestamp)
CLIENT = Reference(names=("client", "client_id"), to=("friday/clients",))
Settled = tuple[Any, dict[str, Any], SqlValue, int, dict[str, Any], list[Path], list[Path]]
SETTLED: tuple[Settled, ...] = (  # rule, fields, column, chosen -> claims, absent, aliases
    (NAME, {"name": s("x")}, "x", 0, {"name": ""}, [], []),
    (NAME, {"name": s(" x ")}, "x", 0, {"name": "form"}, [], []),
    (NAME, {}, "x", 0, {}, [("name",)], []),
    (NAME, {"title": s("x")}, "x", 1, {"title": ""}, [], [("title",)]),
    (NAME, {"title": s(" x")}, "x", 1, {"title": "form_alias"}, [], []),
    (NAME, {"title": m(a=s("x"))}, "x", 1, {"title": "form_alias"}, [], []),
    (NAME, {"name": s("x")}, None, 0, {}, [], []),
    (CLIENT, {"client": s("c1")}, "C1", 0, {"client": ""}, [], []),
    (CLIENT, {"client": s("c2")}, "gone", 0, {"client": "form"}, [], []),
    (CLIENT, {"client_id": s("c2")}, "gone", 1, {"client_id": "form_alias"}, [], []),
    (CLIENT, {}, "gone", 0, {}, [], []),
)


@pytest.mark.parametrize(
    ("rule", "fields", "value", "chosen", "claims", "absent", "aliases"), SETTLED
)
def test_a_column_claims_what_it_gives_back(
    rule: Any,
    fields: dict[str, Any],
    value: SqlValue,
    chosen: int,
    claims: dict[str, Any],
    absent: list[Path],
    aliases: list[Path],
) -> None:
    work = work_of(fields)
    settle(rule, row_of(work), value, chosen=chosen)
    assert (work.claims, work.absent, work.aliases) == (claims, absent, aliases)


COLUMN, CUT = "2026-02-05T12:30:00.123Z", {"timestampValue": "2026-02-05T12:30:00.123Z"}
WHOLE_SECONDS: tuple[tuple[Any, dict[str, Any], SqlValue, bool, dict[str, str]], ...] = (
    (MOMENT, {"at": CUT}, COLUMN, False, {"at": ""}),
    (MOMENT, {"at": CUT}, COLUMN, True, {"at": "form"}),
    (MOMENT, {"at": STAMP}, "2026-02-05T12:30:00.000Z", True, {"at": ""}),
    (MOMENT, {"at": STAMP_US}, COLUMN, False, {"at": "form"}),
    (take("name", by=text), {"name": s(COLUMN)}, COLUMN, True, {"name": ""}),
    (take("at", by=date), {"at": s("2026-02-05")}, "2026-02-05", True, {"at": ""}),
    (take("n", by=number), {"n": {"doubleValue": 0.5}}, 0.5, True, {"n": ""}),
)


@pytest.mark.parametrize(("rule", "fields", "value", "whole_seconds", "claims"), WHOLE_SECONDS)
def test_times_lose_their_fraction_where_the_target_stores_seconds(
    rule: Any,
    fields: dict[str, Any],
    value: SqlValue,
    whole_seconds: bool,
    claims: dict[str, str],
) -> None:
    for how in ("first", "best"):
        work = work_of(fields, whole_seconds=whole_seconds)
        if how == "first":
            settle(rule, row_of(work), value, chosen=0)
        else:
            settle_best(rule, row_of(work), value)
        assert work.claims == claims


BEST: tuple[tuple[dict[str, Any], tuple[str, ...], dict[str, str], list[Path]], ...] = (
    # the field that says it exactly wins, whatever its place
    ({"name": s("y"), "title": s("x")}, (), {"title": ""}, [("title",)]),
    ({"name": s("x"), "title": s("x")}, (), {"name": ""}, []),
    # none does: the first that is there
    ({"name": s("y"), "title": s("z")}, (), {"name": "form"}, []),
    ({"title": s("z")}, (), {"title": "form_alias"}, []),
    ({}, (), {}, []),
    # a refused field fits never
    ({"name": s("x"), "title": s("x")}, ("name",), {"title": ""}, [("title",)]),
    ({"name": s("x"), "title": s("z")}, ("name",), {"title": "form_alias"}, []),
    ({"name": s("x")}, ("name",), {"name": ""}, []),
)


@pytest.mark.parametrize(("fields", "refused", "claims", "aliases"), BEST)
def test_a_value_of_another_document_is_settled_where_it_fits_best(
    fields: dict[str, Any], refused: tuple[str, ...], claims: dict[str, str], aliases: list[Path]
) -> None:
    work = work_of(fields)
    row = row_of(work)
    for name in refused:
        row.reject(name, "unexpected_kind")
    settle_best(NAME, row, "x")
    assert (work.claims, work.aliases) == (claims, aliases)


def test_what_fits_best_is_judged_by_what_the_target_stores() -> None:
    rule, fields = take("at", "then", by=utc_timestamp), {"at": CUT, "then": STAMP}
    for whole_seconds, claims in ((False, {"at": ""}), (True, {"then": ""})):
        work = work_of(fields, whole_seconds=whole_seconds)
        settle_best(rule, row_of(work), COLUMN)
        assert work.claims == claims


def test_what_fits_best_is_looked_up_where_it_is_a_reference() -> None:
    work = work_of({"client": s("c2"), "client_id": s("c1")})
    settle_best(CLIENT, row_of(work), "C1")
    assert (work.claims, work.aliases) == ({"client_id": ""}, [("client_id",)])


def test_a_rule_that_names_no_field_claims_nothing() -> None:
    work = work_of({"id": s("x")})
    settle_best(Key(), row_of(work), "x")
    assert (work.claims, work.absent, work.aliases) == ({}, [], [])
