"""What the original's transformations got wrong, case by case, and what ours make of it.

Each test names the original function and repeats the input with which its defect was reproduced.
Defects that need a row, a merge or a database are tested with the code that does those.
"""

import pytest

from moonlanding_assets.mapping import (
    enumerations,
    lists,
    numbers,
    people,
    places,
    structures,
    texts,
    times,
    truths,
    years,
)
from moonlanding_assets.mapping import enumerations_reviews as reviews
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.mapping.transforms import TRANSFORMS
from moonlanding_assets.source.value import (
    array,
    boolean,
    bytes_,
    double,
    geopoint,
    integer,
    map_,
    null,
    string,
    timestamp_us,
)
from moonlanding_assets_tests.outcomes import Refused, assert_same, cases, outcome, refused

EXPORTED = map_({"_seconds": integer(1770283712), "_nanoseconds": integer(500_000_000)})
EPOCH_ZERO = map_({"_seconds": integer(0), "_nanoseconds": integer(0)})
RECTANGLE = map_({"x1": double(12.345678901234567), "pageNumber": integer(1)})
POSITION = map_({"boundingRect": RECTANGLE, "rects": array([]), "pageNumber": integer(1)})
COMMENT = map_({"text": string("See note 4"), "emoji": string("👍")})

TIMESTAMPS = (
    # transformTimestamp: a number is always milliseconds, so seconds became January 1970
    (times.utc_timestamp, integer(1770283712), "2026-02-05T09:28:32.000Z"),
    (times.utc_timestamp, integer(1770283712000), "2026-02-05T09:28:32.000Z"),
    # transformTimestamp: the map of a JSON export became null
    (times.utc_timestamp, EXPORTED, "2026-02-05T09:28:32.500Z"),
    # transformTimestamp: 0 became null; toTs: {_seconds: 0} became now
    (times.utc_timestamp, EPOCH_ZERO, "1970-01-01T00:00:00.000Z"),
    (times.utc_timestamp, timestamp_us(0), "1970-01-01T00:00:00.000Z"),
    # transformTimestamp: DD/MM/YY read in US order, 5 February became 2 May; 25/12/24 became null
    (times.utc_timestamp, string("05/02/26 14:30"), "2026-02-05T12:30:00.000Z"),
    (times.utc_timestamp, string("25/12/24"), "2024-12-24T22:00:00.000Z"),
    # transformTimestamp, toTs: strings without offset read in the machine's zone
    (times.utc_timestamp, string("2026-02-05 14:30"), "2026-02-05T12:30:00.000Z"),
    # normalizeTimestamp: +02:00 cut off without converting; +0200 became "+0200Z"
    (times.utc_timestamp, string("2026-02-05T14:00:00+02:00"), "2026-02-05T12:00:00.000Z"),
    (times.utc_timestamp, string("2026-02-05T14:00:00+0200"), "2026-02-05T12:00:00.000Z"),
    # normalizeTimestamp: a date became "2026-02-05Z"
    (times.utc_timestamp, string("2026-02-05"), "2026-02-04T22:00:00.000Z"),
    # toTs: missing and invalid became now
    (times.utc_timestamp, null(), None),
    (times.utc_timestamp, string(""), None),
    (times.utc_timestamp, string("soon"), refused("unknown_time_format")),
    # toDateTs: the time of day dropped, the day taken as UTC midnight
    (times.unix_seconds, string("05/02/26 14:30"), 1770294600),
    # toDateTs: 31/02/26 became 3 March; a Timestamp object stopped the run
    (times.utc_timestamp, string("31/02/26"), refused("not_a_calendar_date")),
    (times.date, timestamp_us(1_770_283_712_000_000), "2026-02-05"),
)

REFERENCES = (
    # transformReference: a path string was returned whole; {cloud_id} maps became null
    (people.document_id, string("friday/clients/list/c1"), "c1"),
    (people.document_id, map_({"cloud_id": string("c1"), "name": string("Acme")}), "c1"),
    # engagements: whole user objects kept raw in arrays; team members copied raw
    (lists.user_keys, array([map_({"cloud_id": string("u1")}), string("u2")]), '["id:u1","id:u2"]'),
    # user de-duplication: e-mail stored as it came; transformUser lower-cased but did not trim
    (people.email, string(" Thandi@Example.com "), "thandi@example.com"),
    # reviews: created_by looked up by a NAME; a name is not an e-mail address
    (people.email, string("Thandi Mokoena"), refused("not_an_email")),
)

STRUCTURES = (
    # transformArray: scalars became {value}, a null element threw, a non-array became []
    (lists.text_list, array([string("a")]), '["a"]'),
    (lists.text_list, array([null()]), refused("not_a_text_list")),
    (lists.text_list, string("a"), refused("unexpected_kind")),
    # transformMap, toJson: strings passed unchecked, "" became null
    (structures.json_text, string("{broken"), '"{broken"'),
    (structures.json_text, string(""), '""'),
    (structures.json_map, string("{}"), refused("unexpected_kind")),
    # transformMap: Timestamps inside became internal objects; NaN and Infinity became null
    (structures.json_text, array([timestamp_us(0)]), '["1970-01-01T00:00:00Z"]'),
    (structures.json_text, array([double(float("nan")), double(float("-inf"))]),
     '["NaN","-Infinity"]'),
    # transformGeoPoint: missing members dropped
    (structures.geopoint, geopoint(-26.0, 28.0), '{"latitude":-26.0,"longitude":28.0}'),
    (structures.geopoint, map_({"latitude": double(1.0)}), refused("unexpected_kind")),
    # transformBytes: strings passed as they are, the unknown became null
    (structures.base64_text, bytes_(b"\x00"), "AA=="),
    (structures.base64_text, string("AA=="), refused("unexpected_kind")),
    # transformHighlightCoordinates: read {x, y, page}, so real positions became undefined
    (structures.pdf_position, POSITION,
     '{"boundingRect":{"pageNumber":1,"x1":12.345678901234567},"pageNumber":1,"rects":[]}'),
    (structures.pdf_rect, RECTANGLE, '{"pageNumber":1,"x1":12.345678901234567}'),
    (structures.pdf_rect, null(), None),
    # highlights of the second load: a comment map could not be bound, the row was lost
    (texts.comment_text, COMMENT, "See note 4"),
)  # fmt: skip

TRUTHS_AND_WORDS = (
    # transformBoolean: "false" and "0" became 1; bool: '1' and 2 became 0
    (truths.boolean, string("false"), 0),
    (truths.boolean, string("0"), refused("not_a_boolean")),
    (truths.boolean, string("1"), refused("not_a_boolean")),
    (truths.boolean, integer(2), refused("not_a_boolean")),
    # normStage: every stage but two became info_gathering
    (enumerations.STAGE, string("Commencement"), "commencement"),
    (enumerations.STAGE, string("Team Execution"), "team_execution"),
    (enumerations.STAGE, string("PartnerReview"), "partner_review"),
    (enumerations.STAGE, string("Close Out"), "close_out"),
    (enumerations.STAGE, string("Kickoff"), refused("unknown_spelling")),
    # engagements: Pending became inactive
    (enumerations.ENGAGEMENT_STATUS, string("Pending"), "pending"),
    # RFIs: a numeric status would have thrown
    (enumerations.RFI_STATUS, integer(1), "closed"),
    # reviews: closed became inactive
    (reviews.REVIEW_STATUS, boolean(False), "closed"),
    # deduplicateUsers: role ids copied raw; defaults outside every enumeration
    (reviews.ROLE, string("KBCSEHD91PdSh4StXOZe"), "partner"),
    (reviews.ROLE, string("collaborator"), refused("unknown_spelling")),
    (reviews.USER_TYPE, string("external"), refused("unknown_spelling")),
    # engagements: a missing year became the current one; the later text held more than a year
    (years.four_digit_year, string(""), None),
    (years.four_digit_year, string("Year ended 28 Feb 2024"), "2024"),
    (years.four_digit_year, double(2024.0), "2024"),
    # highlights: page always "1"
    (numbers.integer_text, integer(3), "3"),
    # clients: only the first master e-mail, here on purpose: the others stay in the residue
    (lists.first_email, array([string("a@x"), string("b@x")]), "a@x"),
    # clients: an address map as JSON
    (structures.address, map_({"city": string("Durban")}), '{"city":"Durban"}'),
)

PATHS = (
    # file: one literal prefix replaced for all files; real documents hold URLs and Drive ids
    (places.storage_path,
     string("https://firebasestorage.googleapis.com/v0/b/demo/o/c1%2Fa.pdf?alt=media&token=t"),
     "c1/a.pdf"),
    (places.storage_type, string("1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"), "drive"),
    (places.storage_path, string("../../friday-staging/a.pdf"), refused("path_traversal")),
)  # fmt: skip


@cases([*TIMESTAMPS, *REFERENCES, *STRUCTURES, *TRUTHS_AND_WORDS, *PATHS])
def test_ours_is_right(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    assert_same(transform, value, expected)


def test_nanoseconds_are_cut_but_never_lost_without_notice() -> None:
    value = timestamp_us(1_770_283_712_123_456)
    back = times.utc_timestamp.inverse(outcome_of(times.utc_timestamp, value))
    assert back != value  # so the residue keeps the exact value


def outcome_of(transform: Transform, value: Value) -> SqlValue:
    result = outcome(transform, value)
    assert not isinstance(result, Refused)
    return result


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda one: one.name)
def test_the_same_value_gives_the_same_result_every_time(transform: Transform) -> None:
    for value in (string("x"), string(""), null(), integer(1), boolean(True), POSITION):
        assert repr(outcome(transform, value)) == repr(outcome(transform, value))


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda one: one.name)
def test_nothing_in_gives_nothing_out_never_a_default(transform: Transform) -> None:
    assert outcome(transform, null()) is None
