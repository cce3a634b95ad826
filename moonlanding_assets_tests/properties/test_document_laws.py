"""The law of the engine: document = inverse(rows) + residue, for any value in any field."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.contract.language import Field
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import apply
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.residue import count_leaves
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.source import value as rest
from moonlanding_assets.source.value import Fields, Value, canonical, parse
from moonlanding_assets_tests.rebuilding import raw, rebuilt, rows_of
from moonlanding_assets_tests.strategies import near_values, rest_fields, rest_values, strings

NOON = "2026-02-05T12:00:00.000Z"
READ = tuple(one for one in COLLECTIONS if one.presence != "secret")
IDS = ("u1", "c1", "e1", "r1", "t1", "gone")


def _directory() -> Directory:
    """A directory in which some ids exist, with users merged over both systems."""
    known = {
        "friday/users/list/u1": "U1", "myworkreview/users/list/u1": "U1",
        "friday/clients/list/c1": "C1", "friday/engagements/list/e1": "E1",
        "friday/engagements/list/e1/rfis/r1": "R1", "friday/teams/list/t1": "T1",
        "myworkreview/teams/list/t1": "T2", "myworkreview/reviews/list/r1": "V1",
        "myworkreview/templates/list/t1": "P1",
    }  # fmt: skip
    documents = {
        ("U1", "friday/users"): "u1", ("U1", "mwr/users"): "u1", ("C1", "friday/clients"): "c1",
        ("E1", "friday/engagements"): "e1", ("R1", "friday/engagements_rfis"): "r1",
        ("T1", "friday/teams"): "t1", ("T2", "mwr/teams"): "t1", ("V1", "mwr/reviews"): "r1",
        ("P1", "mwr/templates"): "t1",
    }  # fmt: skip
    return Directory(
        snapshot_time=NOON,
        ids=known,
        documents=documents,
        users_by_email={"a@example.com": "U1"},
        emails={"U1": "a@example.com"},
        siblings=frozenset({"friday/engagements/list/e1/responses/r1"}),
        by_name={("friday/clients", "One"): "friday/clients/list/c1"},
        roles={("friday", "KBC"): "partner"},
        role_ids={("friday", "partner"): "KBC"},
    )


_SCALARS: dict[str, st.SearchStrategy[Value]] = {
    "integer": st.integers(0, 3).map(rest.integer),
    "boolean": st.booleans().map(rest.boolean),
    "timestamp": st.integers(0, 2 * 10**15).map(rest.timestamp_us),
    "double": st.floats().map(rest.double),
    "null": st.just(rest.null()),
}


def _usual(field: Field) -> st.SearchStrategy[Value]:
    """Values as the contract declares the field."""
    words = (*field.enum, *IDS, "a@example.com", " A@Example.com", "b@example.com", "One", "KBC")
    elements = _map(field.items) | strings() if field.items else strings()
    of_kind = {
        **_SCALARS,
        "string": st.sampled_from(words).map(rest.string),
        "array": st.lists(elements, max_size=3).map(rest.array),
        "map": _map(field.items),
    }
    return st.one_of([of_kind.get(kind, rest_values()) for kind in field.kinds])


def _map(fields: tuple[Field, ...]) -> st.SearchStrategy[Value]:
    return _fields(fields).map(rest.map_)


def _fields(fields: tuple[Field, ...]) -> st.SearchStrategy[Fields]:
    """Some of the declared fields, mostly as declared, sometimes with anything inside."""
    usual = {one.name: st.deferred(lambda one=one: _usual(one)) for one in fields}  # type: ignore[misc]
    near = {one.name: near_values() for one in fields}
    wild = {one.name: rest_values() for one in fields}
    pick = st.sampled_from((usual, usual, usual, near, wild))
    return pick.flatmap(lambda chosen: st.fixed_dictionaries({}, optional=chosen))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str, Fields]:
    """A document of any collection: its declared fields, and now and then undeclared ones."""
    collection = draw(st.sampled_from(READ))
    ids = iter(["e1", "r1", "x1", "x2"])
    pattern = draw(st.sampled_from(collection.patterns)).split("/")
    path = "/".join(next(ids) if part.startswith("{") else part for part in pattern)
    fields = draw(_fields(collection.fields))
    extra = draw(st.one_of(st.just({}), rest_fields()))
    return collection.key, path, {**extra, **fields}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.booleans())
def test_every_document_comes_back(case: tuple[str, str, Fields], whole_seconds: bool) -> None:
    collection, path, fields = case
    document = raw(path, collection, fields)
    directory = _directory()
    output = apply([document], directory, whole_seconds=whole_seconds)
    if whole_seconds:
        _forget_fractions(output)
    assert canonical(rebuilt(document, output, directory)) == document.fields
    [line] = rows_of(output, "migration_documents")
    read = sum(count_leaves(value) for value in parse(document.fields).values())
    outcomes = ("mapped", "residue", "quarantined", "declared")
    assert read == sum(line[f"leaves_{one}"] for one in outcomes)


def _forget_fractions(output: Output) -> None:
    """As a target does that stores whole seconds."""
    for name, rows in output.rows.items():
        times = [n for n, one in enumerate(TABLE[name].columns) if one.meaning == "time"]
        for index, row in enumerate(rows):
            values = list(row)
            for place in times:
                if isinstance(values[place], str):
                    values[place] = f"{str(values[place])[:19]}.000Z"
            rows[index] = tuple(values)
