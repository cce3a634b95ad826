"""The demo source holds every irregularity of the real sources, each asserted."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from moonlanding_assets.contract.references import normalised_email
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.staging import Value, id_of, ids, staging, texts, values


def _emails(key: str) -> list[str]:
    return [normalised_email(one) for one in texts(key, "email")]


def test_one_in_eight_users_is_a_second_record() -> None:
    friday, mwr = _emails("friday/users"), _emails("mwr/users")
    records = len(staging()["friday/users"]) + len(staging()["mwr/users"])
    known = [one for one in friday + mwr if one]
    assert 0.10 <= (len(known) - len(set(known))) / records <= 0.15
    assert set(friday) & set(mwr)
    twice = {one for one, count in Counter(friday).items() if one and count > 1}
    assert twice
    assert twice & set(mwr), "somebody is there three times"


def test_emails_have_other_cases_and_blanks() -> None:
    for key in ("friday/users", "mwr/users"):
        spelled = [one for one in texts(key, "email") if one]
        assert any(one != one.strip() for one in spelled)
        assert any(one.strip() != one.strip().lower() for one in spelled)
        assert any(one.isupper() for one in spelled)
    domains = {one.rsplit("@", 1)[1] for one in _emails("friday/users") if one}
    assert all(re.search(r"\bexample\.(com|org|net)$", one) for one in domains)


def test_users_without_an_email_and_deleted_users() -> None:
    assert "" in texts("friday/users", "email")
    assert any("email" not in fields for _, fields in staging()["friday/users"])
    assert "deleted" in texts("friday/users", "status")


def test_deleted_users_are_still_named_as_authors() -> None:
    known = set(_emails("friday/users")) | set(_emails("mwr/users"))
    for key, name in (
        ("mwr/reviews", "highlights.email"),
        ("mwr/reviews", "highlights.responses.email"),
        ("mwr/reviews_chat", "user_email"),
        ("mwr/logs", "email"),
        ("friday/engagements_rfis_activity", "user_email"),
        ("friday/logs", "email"),
    ):
        assert {normalised_email(one) for one in texts(key, name)} - known, (key, name)
    assert set(texts("friday/engagements", "createdBy")) - ids("friday/users")


@pytest.mark.parametrize(
    ("key", "name", "pattern"),
    [
        ("mwr/reviews", "published_date", r"\d\d/\d\d/\d\d \d\d:\d\d"),
        ("friday/engagements", "commencement_date", r"\d\d/\d\d/\d{4}"),
        ("friday/engagements", "commencement_date", r"\d\d/\d\d/\d\d \d\d:\d\d"),
        ("friday/engagements", "commencement_date", r"\d{4}-\d\d-\d\d"),
        ("friday/engagements_rfis", "date_requested", r"\d{4}-\d\d-\d\d \d\d:\d\d"),
        ("mwr/logs", "log_time", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
        ("friday/engagements_rfis", "date_resolved", r""),
        ("friday/engagements_rfis", "deadline_date", r""),
        ("friday/engagements", "completion_date", r"31/02/26 \d\d:\d\d"),
        ("mwr/reviews", "closed_date", r"31/02/26 \d\d:\d\d"),
        ("friday/engagements_files", "url", r".*%2F[^/?]+_\d{6}_\d{6}\?alt=media&token=.*"),
        ("mwr/reviews", "friday_link", r""),
        ("friday/engagements", "year", r".*[A-Za-z].*\b20\d\d\b.*"),
        ("friday/engagements", "year", r"20\d\d"),
        ("friday/engagements", "fee", r"\d+\.\d\d"),
    ],
)
def test_every_spelling_of_times_and_other_texts_occurs(key: str, name: str, pattern: str) -> None:
    assert any(re.fullmatch(pattern, one) for one in texts(key, name))


def test_download_addresses_carry_a_token_and_signed_ones_a_signature() -> None:
    arrays = values("friday/emails", "attachmentUrls")
    attached = [v["stringValue"] for a in arrays for v in a["arrayValue"]["values"]]
    assert attached
    assert all("?alt=media&token=" in one for one in attached)
    assert any("X-Goog-Signature=" in one for one in texts("friday/users", "cv_url"))


def test_timestamps_as_json_made_them() -> None:
    keys = {
        frozenset(one["mapValue"]["fields"])
        for one in values("friday/engagements_rfis", "date_resolved")
        if "mapValue" in one
    }
    assert keys == {
        frozenset({"_seconds", "_nanoseconds"}),
        frozenset({"seconds", "nanoseconds"}),
    }


def test_ids_repeat_in_recreated_engagements() -> None:
    for key in ("engagements_rfis", "engagements_responses", "engagements_files"):
        count = Counter(id_of(path) for path, _ in staging()[f"friday/{key}"])
        assert max(count.values()) > 1, key
        assert len({path for path, _ in staging()[f"friday/{key}"]}) == count.total()
    assert set(texts("friday/engagements_rfis", "engagement_rfi_cloud_id")) <= ids(
        "friday/engagements_rfis"
    )


def test_responses_and_files_live_in_two_places() -> None:
    for array, key in (("responses", "engagements_responses"), ("files", "engagements_files")):
        inside = set(texts("friday/engagements_rfis", f"{array}.id"))
        below = ids(f"friday/{key}")
        assert inside & below
        assert inside - below
        assert below - inside


def _links(key: str, name: str) -> set[tuple[str, str]]:
    return {
        (id_of(path), fields[name]["stringValue"])
        for path, fields in staging()[key]
        if fields.get(name, {}).get("stringValue")
    }


def test_links_between_the_systems_are_two_sided_one_sided_or_dead() -> None:
    to_review = _links("friday/engagements", "review_link")
    to_engagement = {(e, r) for r, e in _links("mwr/reviews", "friday_link")}
    assert to_review & to_engagement
    reviews, engagements = ids("mwr/reviews"), ids("friday/engagements")
    assert any(r in reviews for _, r in to_review - to_engagement)
    assert any(e in engagements for e, _ in to_engagement - to_review)
    assert any(r not in reviews for _, r in to_review)
    assert any(e not in engagements for e, _ in to_engagement)
    assert any("nullValue" in one for one in values("friday/engagements", "review_link"))
    assert len(reviews) > len(to_engagement) + len(to_review), "most reviews have no engagement"


def _highlights() -> list[Value]:
    arrays = values("mwr/reviews", "highlights")
    return [one["mapValue"]["fields"] for a in arrays for one in a["arrayValue"]["values"]]


def test_highlights_of_every_kind() -> None:
    kinds = Counter[tuple[str, ...]]()
    for highlight in _highlights():
        position = highlight["position"]["mapValue"]["fields"]
        rects = position.get("rects", {}).get("arrayValue", {}).get("values")
        kinds[
            "rectangle" if "boundingRect" in position else "none",
            "no rects" if rects is None else "lines" if rects else "empty",
            "page" if position["pageNumber"]["integerValue"] != "0" else "page 0",
            "general" if highlight["fileId"]["stringValue"] == "general" else "file",
            " ".join(highlight["content"]["mapValue"]["fields"]),
        ] += 1
    assert set(kinds) == {
        ("rectangle", "lines", "page", "file", "text"),
        ("rectangle", "empty", "page", "file", "image"),
        ("none", "no rects", "page 0", "general", ""),
        ("none", "empty", "page", "file", ""),
    }
    assert all(
        5 <= len(a["arrayValue"]["values"]) <= 20 for a in values("mwr/reviews", "highlights")
    )
    assert "PDF Editor Generated Query" in texts("mwr/reviews", "highlights.comment.text")


def _coordinates() -> Iterator[tuple[str, Any]]:
    for name in ("boundingRect", "rects"):
        for corner in ("x1", "y1", "x2", "y2", "width", "height"):
            for value in values("mwr/reviews", f"highlights.position.{name}.{corner}"):
                yield next(iter(value.items()))


def test_odd_coordinates() -> None:
    numbers = list(_coordinates())
    doubles = [payload for kind, payload in numbers if kind == "doubleValue"]
    assert sum(kind == "integerValue" for kind, _ in numbers) > 100
    assert {"NaN", "Infinity", "-Infinity"} <= {one for one in doubles if isinstance(one, str)}
    assert sum(isinstance(one, str) for one in doubles) < 20
    assert "-0.0" in {str(one) for one in doubles}
    assert any(len(repr(one)) >= 17 for one in doubles)
    assert any(isinstance(one, float) and one < 0 for one in doubles)
    corners = [
        [one["mapValue"]["fields"][name].get("doubleValue") for name in ("x1", "x2")]
        for one in values("mwr/reviews", "highlights.position.boundingRect")
    ]
    assert any(isinstance(a, float) and isinstance(b, float) and a > b for a, b in corners)


def test_highlight_ids_repeat_between_reviews() -> None:
    seen = Counter(texts("mwr/reviews", "highlights.id"))
    assert max(seen.values()) > 1
    pushed = set(texts("friday/engagements_rfis", "highlight_id"))
    assert pushed <= set(seen)


def test_documents_under_missing_parents() -> None:
    paths = {path for documents in staging().values() for path, _ in documents}
    parents = {path.rsplit("/", 2)[0] for path in paths if path.count("/") > 1}
    missing = parents - paths
    assert {"friday/users", "myworkreview/reviews"} <= missing
    assert any(re.fullmatch(r"friday/engagements/list/[^/]+", one) for one in missing)
    assert any(re.fullmatch(r"myworkreview/reviews/list/[^/]+", one) for one in missing)


def test_clients_share_a_name_and_one_is_known_by_name_only() -> None:
    names = Counter(texts("friday/clients", "name"))
    assert max(names.values()) == 2
    only = [
        fields["client_name"]["stringValue"]
        for _, fields in staging()["friday/engagements"]
        if not {"client", "client_id"} & set(fields)
    ]
    assert only
    assert all(names[one] == 1 for one in only)


def test_emails_in_both_places() -> None:
    roots = {path.split("/")[0] for path, _ in staging()["friday/emails"]}
    assert roots == {"emails", "friday"}


def test_states_of_reviews_and_their_own_flags() -> None:
    states = {
        (fields["status"]["booleanValue"], fields["stage"]["stringValue"])
        for _, fields in staging()["mwr/reviews"]
    }
    assert {stage for _, stage in states} == {"active", "history", "archive"}
    assert {status for status, stage in states if stage == "archive"} == {True, False}
    flags = {
        flag["stringValue"]
        for one in values("mwr/reviews", "flags")
        for flag in one["arrayValue"]["values"]
    }
    assert {"Won", "Lost", "Awaiting Adjudication", "Urgent: directors"} <= flags


def test_secrets_are_there_to_be_left_out() -> None:
    assert "fake-secret-mail-0001" in canonical(staging()["friday/settings"][0][1])
    assert all(one.startswith("fake-secret") for one in texts("mwr/apis", "key"))
    secret = ("friday/settings", "mwr/apis")
    for key, documents in staging().items():
        if key not in secret:
            assert not any("fake-secret" in canonical(fields) for _, fields in documents), key
