"""The engine on hand-made documents: rows, residue, quarantine, and the way back."""

from typing import Any

from moonlanding_assets.normalize.apply import apply
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.source.value import parse
from moonlanding_assets_tests.rebuilding import raw, rebuilt, rows_of

NOON = "2026-02-05T12:00:00.000Z"


def s(text: str) -> dict[str, Any]:
    return {"stringValue": text}


def test_an_engagement_comes_back() -> None:
    fields = {
        "client_id": s("c1"),
        "stage": s("InfoGathering"),
        "status": s("Pending"),
        "year": {"integerValue": "2025"},
        "commencement_date": s("2025-03-01 08:30"),
        "completion_date": s(""),
        "deadline_date": s("31/02/26"),
        "users": {"arrayValue": {"values": [s("u9")]}},
        "engagement_letter": {"mapValue": {"fields": {"client status": s("Sent")}}},
        "fee": {"doubleValue": -0.0},
        "surprise": {"bytesValue": "AAE="},
        "photo": {"nullValue": None},
    }
    document = raw("friday/engagements/list/e1", "friday/engagements", fields)
    directory = Directory(snapshot_time=NOON, ids={"friday/clients/list/c1": "C1"},
                          documents={("C1", "friday/clients"): "c1"})  # fmt: skip
    output = apply([document], directory)
    [row] = rows_of(output, "engagement")
    assert row["stage"] == "info_gathering"
    assert row["client_id"] == "C1"
    assert row["commencement_date"] == "2025-03-01T06:30:00.000Z"
    assert row["deadline_date"] is None
    assert row["letter_client_status"] == "sent"
    reasons = {one["field"]: one["reason"] for one in rows_of(output, "migration_residue")}
    assert reasons['["deadline_date"]'] == "rejected"
    assert reasons['["surprise"]'] == "unknown_field"
    assert reasons['["stage"]'] == "form"
    assert rebuilt(document, output, directory) == parse(document.fields)
    [line] = rows_of(output, "migration_documents")
    leaves = [line[f"leaves_{one}"] for one in ("mapped", "residue", "quarantined", "declared")]
    assert sum(leaves) == 12
    assert line["leaves_quarantined"] == 1


def test_a_review_with_everything_inside_comes_back() -> None:
    rect = {"mapValue": {"fields": {
        "x1": {"doubleValue": 0.1}, "y1": {"integerValue": "7"}, "x2": {"doubleValue": "NaN"},
        "y2": {"doubleValue": -0.0}, "width": {"doubleValue": 800.0},
        "height": {"doubleValue": 1130.5}, "pageNumber": {"integerValue": "1"},
    }}}  # fmt: skip
    highlight = {"mapValue": {"fields": {
        "id": s("h1"), "email": s(" Anna@Example.com"), "resolved": {"booleanValue": False},
        "position": {"mapValue": {"fields": {
            "boundingRect": rect, "rects": {"arrayValue": {"values": [rect, rect]}},
            "pageNumber": {"integerValue": "1"},
        }}},
        "comment": {"mapValue": {"fields": {"text": s("see"), "emoji": s("")}}},
        "responses": {"arrayValue": {"values": [
            {"mapValue": {"fields": {
                "id": s("r1"), "email": s("b@example.com"), "comment": s("plain"),
                "datetime": {"timestampValue": "2026-01-01T00:00:00.123456Z"},
            }}},
            s("not a map"),
        ]}},
    }}}  # fmt: skip
    fields = {
        "groupName": s("Review"), "status": {"booleanValue": True}, "stage": s("archive"),
        "flags": {"arrayValue": {"values": [s("Open"), s("Open")]}},
        "highlights": {"arrayValue": {"values": [highlight, {"mapValue": {"fields": {}}}]}},
        "tender_details": {"mapValue": {"fields": {}}},
        "sections": {"arrayValue": {"values": []}},
    }  # fmt: skip
    document = raw("myworkreview/reviews/list/r", "mwr/reviews", fields)
    directory = Directory(snapshot_time=NOON)
    output = apply([document], directory)
    assert rebuilt(document, output, directory) == parse(document.fields)
    rects = rows_of(output, "migration_highlight_rects")
    assert [one["kind"] for one in rects] == ["bounding", "rect", "rect"]
    assert (rects[0]["x1"], rects[0]["y1"], rects[0]["x2"]) == ("d0.1", "i7", "tNaN")
    assert (rects[0]["y2"], rects[0]["width"]) == ("d-0.0", "d800.0")
    tender = [x for x in rows_of(output, "migration_quarantine") if x["table_name"] == "tender"]
    assert {(one["field"], one["reason"]) for one in tender} == {
        ("deadline", "missing_required"), ("", "missing_required"),
    }  # fmt: skip
