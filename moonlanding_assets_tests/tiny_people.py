"""The people of the tiny world: their documents, rows and merges, by hand."""

from typing import Any

from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets_tests.builders import DERIVED_AT, Moment, World, identity

USERS = "friday/users/list/"
REVIEW = "myworkreview/reviews/list/v1"
ANN, BOB = identity(f"{USERS}u1"), identity(f"{USERS}u2")
GONE = identity("placeholder:email:gone@example.com")


def people(world: World) -> None:
    """Two users, one of them in both systems, and one who is gone."""
    first, second, again = _user_documents(world)
    for key, name in (("KBCSEHD91PdSh4StXOZe", "Partner"), ("xNexLKjl1m3kPTG8BBaF", "Clerk")):
        path = f"friday/users/permissions/{key}"
        world.loaded(world.document("friday/users_permissions", path, name=name), "")
    world.loaded(first, "users", ANN)
    world.loaded(second, "users", BOB)
    world.loaded(again, "users", ANN, outcome="merged")
    _rows(world)
    _merge(world, first, "winner", {"priority_reviews": "filled", "type": "filled"})
    _merge(world, again, "loser", {"name": "conflict", "role": "filled", "created_at": "filled"})


def _merge(world: World, path: str, role: str, other: dict[str, str]) -> None:
    """The lines of one document of Ann's; `other`: columns whose value is not the row's own."""
    columns = [column.name for column in TABLE["users"].columns]
    for field in ("", *columns[1:]):
        world.row("migration_user_merges", user_id=ANN, path=path, field=field, role=role,
                  relation=other.get(field, "equal"), needs_review=int(not field))  # fmt: skip


def _rows(world: World) -> None:
    _user_row(
        world,
        ANN,
        "ann@example.com",
        name="Ann",
        role="partner",
        status="active",
        created_at="2024-03-01T08:00:00.123Z",
        priority_reviews=[identity(REVIEW)],
    )
    _user_row(
        world,
        BOB,
        "bob@example.com",
        name="Bob",
        role="clerk",
        status="inactive",
        created_at="2024-04-01T08:00:00.000Z",
    )
    _user_row(
        world,
        GONE,
        "gone@example.com",
        name="Deleted user",
        role="clerk",
        status="deleted",
        created_at=DERIVED_AT,
    )
    world.row(
        "migration_placeholders",
        table_name="users",
        row_id=GONE,
        key="email:gone@example.com",
        reason="user_gone",
    )


def _user_documents(world: World) -> tuple[str, str, str]:
    first = world.document(
        "friday/users",
        f"{USERS}u1",
        email=" Ann@Example.com",
        name="Ann",
        role="KBCSEHD91PdSh4StXOZe",
        status="active",
        createdTime=Moment("2024-03-01T08:00:00.123456Z"),
    )
    second = world.document(
        "friday/users",
        f"{USERS}u2",
        email="bob@example.com",
        name="Bob",
        role="xNexLKjl1m3kPTG8BBaF",
        status="inactive",
        created_at="2024-04-01T10:00:00+02:00",
    )
    again = world.document(
        "mwr/users",
        "myworkreview/users/list/m1",
        email="ann@example.com",
        name="Anne",
        active=True,
        priorityReviews=["v1"],
    )
    return first, second, again


def _user_row(world: World, row_id: str, email: str, **columns: Any) -> None:
    world.row("users", id=row_id, email=email, password_hash="!", type="auditor", **columns)
