"""Fields, kinds and spellings that no declaration knows."""

from typing import Any

import pytest

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.unknown import unknown_fields


def s(text: str) -> dict[str, Any]:
    return {"stringValue": text}


def a(*values: dict[str, Any]) -> dict[str, Any]:
    return {"arrayValue": {"values": list(values)}}


def m(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"mapValue": {"fields": fields}}


def unknown(key: str, **fields: dict[str, Any]) -> list[tuple[str, str]]:
    return [("/".join(path), kind) for path, kind in unknown_fields(BY_KEY[key], fields)]


def test_what_is_declared_is_known() -> None:
    assert unknown("friday/users", email=s("x"), photo={"nullValue": None}, teams=a(s("t"))) == []
    assert unknown("mwr/reviews", status={"booleanValue": True}, wip={"integerValue": "1"}) == []


@pytest.mark.parametrize(
    ("key", "fields", "expected"),
    [
        ("friday/users", {"hobby": s("x")}, [("hobby", "string")]),
        ("friday/users", {"email": {"integerValue": "1"}}, [("email", "integer")]),
        ("friday/users", {"type": s("robot")}, [("type", "enum:robot")]),
        ("friday/users", {"type": s("r" * 99)}, [("type", "enum:" + "r" * 40)]),
        ("friday/users", {"teams": a(m(x=s("y")))}, [("teams/[]", "map")]),
        ("friday/users", {"hobby": m(deep=s("x"))}, [("hobby", "map")]),
        ("friday/engagements_rfis", {"status": {"integerValue": "2"}}, [("status", "enum:2")]),
        ("mwr/settings", {"tender_flags": a(s("Won"))}, [("tender_flags/[]", "enum:Won")]),
        (
            "mwr/reviews",
            {"highlights": a(m(position=m(rects=a(m(x1=s("1"), z={"doubleValue": 1.0})))))},
            [("highlights/[]/position/rects/[]/x1", "string"),
             ("highlights/[]/position/rects/[]/z", "double")],
        ),
        ("mwr/reviews", {"groupName": {}}, [("groupName", "none")]),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_named(
    key: str, fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert unknown(key, **fields) == expected


def test_maps_with_any_keys_are_free() -> None:
    assert unknown("friday/clients", fees=m(anything=m(deep=s("x")))) == []
    assert unknown("mwr/templates", content=a(m(any=s("x")))) == []
    assert unknown("mwr/templates", content=a({"booleanValue": True})) == [
        ("content/[]", "boolean")
    ]
    assert unknown("friday/users_permissions", roles=a(s("all"))) == []
