"""References found in a document, and the paths that they may point to."""

from typing import Any

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.language import Refers
from moonlanding_assets.contract.references import candidate_paths, references

RFI_PATH = "friday/engagements/list/e1/rfis/r1"


def s(text: str) -> dict[str, Any]:
    return {"stringValue": text}


def a(*values: dict[str, Any]) -> dict[str, Any]:
    return {"arrayValue": {"values": list(values)}}


def m(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"mapValue": {"fields": fields}}


def found(key: str, **fields: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    pairs = references(BY_KEY[key], fields)
    return [(refers.to[0], refers.by, keys) for refers, keys in pairs]


def test_ids_maps_references_and_emails_of_one_array() -> None:
    member = m(email=s(" A@Example.com "), name=s("N"))
    users = a(s("u1"), m(cloud_id=s("u2")), {"referenceValue": "p/documents/friday/u/l/u3"}, member)
    assert found("friday/teams", users=users) == [
        ("friday/users", "id", ("u1", "u2", "u3")),
        ("friday/users", "email", ("a@example.com",)),
    ]


def test_a_person_is_an_email_when_it_has_an_at() -> None:
    for value, by, key in ((" X@Y.z", "email", "x@y.z"), (" u9", "id", "u9")):
        assert found("friday/engagements_responses", user=s(value)) == [
            ("friday/users", by, (key,))
        ]


def test_references_deep_inside_a_review() -> None:
    highlight = m(email=s("p@x"), responses=a(m(email=s("q@x"), attachment={"nullValue": None})))
    got = found(
        "mwr/reviews",
        highlights=a(highlight),
        template=m(cloud_id=s("t1"), default_checklists=a(s("c1"))),
        team={"nullValue": None},
        user=s("A Name"),
    )
    assert got == [
        ("mwr/users", "email", ("p@x",)),
        ("mwr/users", "email", ("q@x",)),
        ("mwr/templates", "id", ("t1",)),
        ("mwr/checklists", "id", ("c1",)),
        ("mwr/users", "name", ("A Name",)),
    ]


def test_wrong_kinds_and_empty_values_are_passed_over() -> None:
    assert found("friday/engagements", client=s("  "), team={"integerValue": "3"}) == []
    assert found("friday/engagements", user=m(cloud_id={"nullValue": None}), users=s("")) == []
    assert found("friday/engagements", user={"arrayValue": {}}, review_link={}) == []
    assert found("friday/engagements", unheard_of=s("x")) == []


def test_a_removed_highlight_document_refers_by_its_own_id() -> None:
    pairs = list(references(BY_KEY["mwr/removed_highlights"], {}, document_id="r7"))
    assert [(refers.to, keys) for refers, keys in pairs] == [(("mwr/reviews",), ("r7",))]
    assert list(references(BY_KEY["mwr/removed_highlights"], {})) == []


def test_candidate_paths() -> None:
    section = BY_KEY["friday/engagements_rfis"].by_name["section_cloud_id"].refers
    assert section is not None
    assert candidate_paths(section, "s1", document_path=RFI_PATH) == (
        "friday/engagements/list/e1/sections/s1",
    )
    teams = Refers(to=("friday/teams", "mwr/teams"))
    assert candidate_paths(teams, "t", document_path=RFI_PATH) == (
        "friday/teams/list/t",
        "friday/clients/teams/t",
        "myworkreview/teams/list/t",
    )
    team_chat = BY_KEY["friday/engagements_rfis_team_chat"].by_name["reply_to"].refers
    assert team_chat is not None
    assert candidate_paths(team_chat, "m0", document_path=RFI_PATH + "/teamChat/m1") == (
        RFI_PATH + "/teamChat/m0",
    )


def test_no_path_for_emails_names_and_impossible_ids() -> None:
    person = Refers(to=("friday/users",), by="id_or_email")
    assert candidate_paths(person, "a@b", document_path=RFI_PATH) == ()
    assert candidate_paths(person, "u1", document_path=RFI_PATH) == ("friday/users/list/u1",)
    name = Refers(to=("friday/users",), by="name")
    assert candidate_paths(name, "N", document_path=RFI_PATH) == ()
    assert candidate_paths(Refers(to=("friday/users",)), "a/b", document_path=RFI_PATH) == ()
    rfi_anywhere = Refers(to=("friday/engagements_rfis",))
    assert candidate_paths(rfi_anywhere, "r", document_path="emails/e") == ()
