"""The arrays of the tiny review: highlights with positions of every kind of number, a question."""

from typing import Any

from moonlanding_assets_tests.builders import Moment

NAN, INFINITY = float("nan"), float("inf")

RECT = {"x1": 0.1, "y1": -0.0, "x2": 5e-324, "y2": 612, "width": 612.5, "height": 792,
        "pageNumber": 3}  # fmt: skip
ODD = {"x1": NAN, "y1": INFINITY, "x2": -INFINITY, "y2": 2**53 + 1, "width": 1.0, "height": 1,
       "pageNumber": 3}  # fmt: skip
POSITION: dict[str, Any] = {
    "boundingRect": RECT,
    "rects": [RECT, ODD],
    "pageNumber": 3,
    "usePdfCoordinates": True,
}
HIGHLIGHTS: list[dict[str, Any]] = [
    {
        "id": "h1",
        "position": POSITION,
        "email": "ann@example.com",
        "resolved": True,
        "resolvedBy": "BOB@example.com",
        "resolvedDate": "06/02/25 09:05",
        "datetime": Moment("2025-02-05T10:00:00Z"),
        "content": {"text": "Revenue"},
        "comment": {"text": "Agree?", "emoji": ""},
        "responses": [
            {"id": "a1", "comment": {"text": "Yes"}, "email": "gone@example.com",
             "datetime": Moment("2025-02-05T11:00:00.007Z")},
        ],
    },
    {"id": "h2", "position": {"boundingRect": ODD, "rects": [], "pageNumber": 3},
     "email": "bob@example.com", "resolved": False, "resolvedDate": "",
     "datetime": "05/02/25 12:00"},
    {"id": "h3", "position": {"pageNumber": 0}, "email": "bob@example.com", "resolved": False},
]  # fmt: skip
ITEM: dict[str, Any] = {
    "id": "q1", "question": "Signed?", "email": "bob@example.com", "resolved": True,
    "datetime": "02/02/25 10:00", "resolvedDate": "03/02/25 10:00", "score": 0.1,
}  # fmt: skip
