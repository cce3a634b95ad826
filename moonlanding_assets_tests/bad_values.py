"""Every value of the list of bad input, and the places in documents that it is put into.

Holds no assertion. Firestore's own limits are kept: 1 MiB a document, 20 levels of maps.
"""

from typing import Any

from moonlanding_assets.source.value import (
    Value,
    array,
    boolean,
    bytes_,
    double,
    geopoint,
    integer,
    map_,
    null,
    reference,
    string,
    vector,
)

NAN, INFINITY = float("nan"), float("inf")
MEBIBYTE = 1024 * 1024 - 2_000  # what is left of 1 MiB beside the rest of the document

NUMBERS: dict[str, Value] = {
    "nan": double(NAN), "infinity": double(INFINITY), "minus infinity": double(-INFINITY),
    "minus zero": double(-0.0), "zero": double(0.0), "smallest double": double(5e-324),
    "largest double": double(1.7976931348623157e308), "tenth": double(0.1),
    "2^53+1": integer(2**53 + 1), "-2^53-1": integer(-(2**53) - 1),
    "2^53+1 as a double": double(2.0**53 + 2), "largest integer": integer(2**63 - 1),
    "smallest integer": integer(-(2**63)), "2^63 as a double": double(2.0**63),
    "an integer for a double": integer(40), "a double for an integer": double(40.0),
    "minus one": integer(-1), "integer zero": integer(0),
}  # fmt: skip

TIMES: dict[str, Value] = {
    name: string(name)
    for name in (
        "31/02/26", "29/02/25 12:00", "2026-02-30", "2026-13-01", "0001-01-01", "9999-12-31",
        "0001-01-01 00:00", "9999-12-31 23:59", "0000-01-01", "10000-01-01", "1969-12-31 23:59",
        "1900-01-01", "2025-03-30 02:30", "2025-10-26T02:30:00+01:00", "2026-02-05T12:00:00+14:00",
        "2026-02-05T12:00:00-12:00", "2026-02-05T12:00:00.1234567Z", "2026-02-05T24:00:00Z",
        "2026-02-05T23:59:60Z", "12:00", "tomorrow", "now()", "0000-00-00 00:00:00",
    )
} | {
    f"timestamp {text}": {"timestampValue": text}
    for text in (
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z", "2026-02-05T12:00:00.123456Z", "2026-02-05T12:00:00.000001Z",
        "2025-03-30T01:00:00Z",
    )
}  # fmt: skip

TEXTS: dict[str, Value] = {
    f"text {name}": string(text)
    for name, text in {
        "double oh seven": "007", "blanks around": " 12 ", "true": "true", "FALSE": "FALSE",
        "empty": "", "a blank": " ", "a wide blank": "\u3000", "NUL": "\x00",
        "NUL inside": "a\x00b",
        "emoji": "\U0001f9fe\U0001f468\u200d\U0001f469\u200d\U0001f467", "combining": "e\u0301",
        "right to left": "\u202egpj.exe", "byte order mark": "\ufeffx", "not a character": "\uffff",
        "SQL": "'; DROP TABLE users; --", "SQL quotes": "\"a\" 'b' `c` [d] ;",
        "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "log": "x\r\n2026-02-05 12:00:00 [ERROR] forged\x1b[31m", "format": "%s %n {0} ${x} {{y}}",
        "path": "../../../etc/passwd", "encoded path": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "windows path": "..\\..\\windows\\system32", "absolute path": "/etc/passwd",
        "JSON": '{"a":[1,"b"]}', "null": "null", "NaN": "NaN", "now": "now()", "number": "1e309",
        "signed URL": "https://storage.googleapis.com/demo/a/b.pdf?X-Goog-Signature=00&Expires=1",
        "URL with dots": "https://storage.googleapis.com/demo/../../a.pdf",
        "URL with encoded dots": "https://storage.googleapis.com/demo/%2e%2e/a.pdf",
        "script URL": "javascript:alert(1)", "data URL": "data:text/html,<b>x</b>",
        "unusual email": "\u0130\u00df\u212a@EXAMPLE.com",
    }.items()
}  # fmt: skip


def _deep(levels: int) -> Value:
    value = string("bottom")
    for level in range(levels):
        value = map_({f"level {level}": value})
    return value


KINDS: dict[str, Value] = {
    "null": null(), "true": boolean(True), "false": boolean(False), "bytes": bytes_(b"\x00\xff"),
    "reference": reference("friday/users/list/u1", project="demo"),
    "point": geopoint(-0.0, 180.0), "vector": vector([0.1, -0.0]),
    "empty array": array([]), "empty map": map_({}), "array of null": array([null()]),
    "array of kinds": array(
        [integer(1), string("1"), double(1.0), boolean(True), null(), map_({})]
    ),
    "array of empty maps": array([map_({}), map_({})]),
    "array of arrays in maps": array([map_({"a": array([map_({"a": array([])})])})]),
    "20 maps": _deep(20),
    "odd keys": map_(
        {key: string(key) for key in (
            "a.b", "a/b", ".", "..", "^", "^email", " ", "", "0", "-1", "`", "\x00", "é", "e\u0301",
            "__proto__", "\"", "'", "stringValue", "mapValue", "fields", "[0]", "*", "$", "\ud7ff",
        )}
    ),
    "keys of a value": map_({"mapValue": map_({"fields": map_({"stringValue": integer(1)})})}),
    "items of one id": array([map_({"id": string("x")}), map_({"id": string("x")})]),
    "items of odd ids": array(
        [map_({"id": string(one)}) for one in ("@1", "", "a].b[c", "@0", "x\x00", " ")]
    ),
}  # fmt: skip

VALUES: dict[str, Value] = NUMBERS | TIMES | TEXTS | KINDS

LARGE: dict[str, Value] = {
    "1 MiB of text": string("x" * MEBIBYTE),
    "1 MiB of emoji": string("\U0001f9fe" * (MEBIBYTE // 4)),
    "20,000 texts": array([string(f"{n}") for n in range(20_000)]),
    "20,000 maps": array([map_({"id": string(f"{n}")}) for n in range(20_000)]),
    "20,000 nameless maps": array([map_({}) for _ in range(20_000)]),
}

E = "friday/engagements/list/e1"
_RECT = ("x1", "y1", "x2", "y2", "width", "height")

# A place: the collection's document path, and the fields with the value in it.
PLACES = (
    "engagement.fee", "engagement.year", "engagement.deadline_date", "engagement.stage",
    "engagement.client_id", "engagement.users", "engagement.engagement_letter",
    "engagement.feedback", "engagement.unknown", "rfi.question", "rfi.status", "rfi.responses",
    "rfi.files", "rfi.flag", "file.url", "file.size", "response.attachments", "response.user",
    "client.address", "client.master_emails", "user.email", "user.clients", "mwr user.active",
    "mwr user.priorityReviews", "review.highlights", "review.sections", "review.flags",
    "review.tender_details", "review.collaborators", "review.published_date", "review.wip",
    "review.status", "review.friday_link", "highlight.position", "highlight.comment", "rect.number",
    "checklist.section_items", "email.to", "email.attachmentUrls", "template.sections",
    "log.message", "log.log_time", "settings.version", "removed.highlights", "team.users",
)  # fmt: skip
_PATHS = {
    "engagement": E, "rfi": f"{E}/rfis/r", "file": f"{E}/files/f", "response": f"{E}/responses/a",
    "client": "friday/clients/list/c", "user": "friday/users/list/u", "team": "friday/teams/list/t",
    "mwr user": "myworkreview/users/list/u", "review": "myworkreview/reviews/list/w",
    "highlight": "myworkreview/reviews/list/w", "rect": "myworkreview/reviews/list/w",
    "checklist": "myworkreview/checklists/list/c", "email": "emails/e",
    "template": "friday/templates/list/t", "log": "myworkreview/logs/list/l",
    "settings": "friday/settings", "removed": "myworkreview/removedHighlights/list/w",
}  # fmt: skip
_BESIDE: dict[str, dict[str, Any]] = {
    "rfi": {"name": string("RFI")}, "file": {"question_id": string("r")},
    "response": {"question_id": string("r")}, "engagement": {"name": string("Audit")},
    "user": {"email": string("ann@y")}, "mwr user": {"email": string("ann@y")},
    "email": {"from": string("a@y"), "to": string("b@y"), "subject": string("x")},
}  # fmt: skip


def placed(place: str, value: Value, suffix: str = "") -> tuple[str, dict[str, Any]]:
    """The path and the fields of a document with the value in that place."""
    owner, _, field = place.rpartition(".")
    path = f"{_PATHS[owner]}{suffix}"
    if owner == "highlight":
        return path, {"highlights": array([map_({"id": string("h"), field: value})])}
    if owner == "rect":
        rect = map_(dict.fromkeys(_RECT, value))
        position = map_({"boundingRect": rect, "rects": array([rect]), "pageNumber": value})
        return path, {"highlights": array([map_({"id": string("h"), "position": position})])}
    return path, {**_BESIDE.get(owner, {}), field: value}


def suffix(place: str, name: str) -> str:
    """What sets the document of this place and value apart."""
    return f"-{PLACES.index(place)}-{list(VALUES).index(name)}"


def every_value_in_every_place() -> dict[str, dict[str, Any]]:
    """Thousands of documents by path; not of the settings, which are one document."""
    return dict(
        placed(place, value, suffix(place, name))
        for place in PLACES
        if place != "settings.version"
        for name, value in VALUES.items()
    )
