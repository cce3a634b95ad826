"""Every spelling that the sources hold, and the word it becomes, pinned as literals."""

import pytest

from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.enumerations import Enumeration, enum
from moonlanding_assets.mapping.transforms import TRANSFORM, TRANSFORMS
from moonlanding_assets.source.value import array, boolean, double, integer, null, string
from moonlanding_assets_tests.outcomes import given_back, outcome, refused

#: name: (source spelling, word); the first spelling of each word is the one given back.
SPELLINGS: dict[str, tuple[tuple[str | int | bool, str | int], ...]] = {
    "stage": (
        ("Info Gathering", "info_gathering"), ("InfoGathering", "info_gathering"),
        ("Commencement", "commencement"), ("Team Execution", "team_execution"),
        ("TeamExecution", "team_execution"), ("Partner Review", "partner_review"),
        ("PartnerReview", "partner_review"), ("Finalization", "finalization"),
        ("Close Out", "close_out"), ("CloseOut", "close_out"), ("close_out", "close_out"),
    ),
    "engagement_status": (("Pending", "pending"), ("Active", "active"), ("active", "active")),
    "repeat_interval": (("yearly", "yearly"), ("monthly", "monthly"), ("once", "once")),
    "client_status": (
        ("Pending", "pending"), ("Partially Sent", "partially_sent"), ("Sent", "sent"),
    ),
    "auditor_status": (
        ("Requested", "requested"), ("Reviewing", "reviewing"), ("Queries", "queries"),
        ("Received", "received"), ("Accepted", "accepted"),
    ),
    "rfi_status": ((0, "open"), (1, "closed")),
    "rfi_question_status": ((0, "pending"), (1, "answered")),
    "rfi_client_status": (
        ("Pending", "open"), ("Partially Sent", "pending_response"), ("Sent", "responded"),
    ),
    "rfi_state": (("Pending", "pending"), ("Active", "active"), ("Inactive", "inactive")),
    "rfi_priority": ((True, "high"), (False, "medium")),
    "response_type": (
        ("clientResponse", "client_response"), ("manualResponse", "auditor_response"),
    ),
    "letter_client_status": (("Pending", "pending"), ("Sent", "sent")),
    "letter_auditor_status": (
        ("Pending", "pending"), ("Queries", "queries"), ("Accepted", "accepted"),
    ),
    "post_rfi_client_status": (
        ("Pending", "pending"), ("Queries", "queries"), ("Accepted", "accepted"),
    ),
    "post_rfi_auditor_status": (("Pending", "pending"), ("Sent", "sent")),
    "review_status": ((True, "open"), (False, "closed"), ("Open", "open"), ("closed", "closed")),
    "review_stage": (("active", "active"), ("history", "history"), ("archive", "archive")),
    "review_archived": (("active", 0), ("history", 0), ("archive", 1)),
    "review_type": (
        ("standard", "standard"), ("friday", "standard"), ("review", "standard"),
        ("tender", "tender"),
    ),
    "template_type": (
        ("standard", "review_template"), ("friday", "review_template"),
        ("tender", "tender_template"),
    ),
    "highlight_status": ((True, "resolved"), (False, "unresolved")),
    "access_type": (("permanent", "permanent"), ("temporary", "temporary")),
    "is_permanent": (("permanent", 1), ("temporary", 0)),
    "tender_flag": (
        ("Open", "open"), ("Awaiting Adjudication", "open"), ("Closed", "closed"),
        ("Missed", "closed"), ("Declined", "closed"), ("Lost", "closed"), ("Won", "awarded"),
    ),
    "user_status": (("active", "active"), ("inactive", "inactive"), ("deleted", "deleted")),
    "user_active": ((True, "active"), (False, "inactive")),
    "user_type": (("auditor", "auditor"), ("client", "client")),
    "client_state": (("active", "active"), ("inactive", "inactive"), ("Active", "active")),
    "risk_level": (
        ("low", "low"), ("medium", "medium"), ("high", "high"), ("critical", "critical"),
    ),
    "role": (
        ("KBCSEHD91PdSh4StXOZe", "partner"), ("hXbxDR3GfCHtrtjrn2wC", "manager"),
        ("xNexLKjl1m3kPTG8BBaF", "clerk"), ("A3KQ4WpdhLj2Vo2oSS2x", "clerk"),
        ("Partner", "partner"), ("MANAGER", "manager"), ("clerk", "clerk"),
        ("client_admin", "client_admin"), ("client_user", "client_user"),
    ),
    "mwr_role": (("A3KQ4WpdhLj2Vo2oSS2x", "clerk"), ("Partner", "partner"), ("Manager", "manager")),
    "role_name": (("Partner", "partner"), ("Manager", "manager"), ("Clerk", "clerk")),
    "client_role": (("admin", "client_admin"), ("user", "client_user")),
    "email_status": ((True, "processed"), (False, "pending")),
    "recreation_action": (
        ("pending", "recreation_pending"), ("completed", "recreation_completed"),
        ("failed", "recreation_failed"),
    ),
    "month": (("January", "January"), ("december", "December"), ("MAY", "May")),
}  # fmt: skip

#: These give back another spelling than the first one above that has the same word.
INTEGER_WORDS = {"review_archived", "is_permanent"}


def value_of(spelling: str | int | bool) -> dict[str, object]:
    if isinstance(spelling, bool):
        return boolean(spelling)
    return integer(spelling) if isinstance(spelling, int) else string(spelling)


ENUMERATIONS = {one.name for one in TRANSFORMS if hasattr(one.forward, "__self__")}


def test_every_enumeration_is_pinned_and_every_pin_exists() -> None:
    assert set(SPELLINGS) == ENUMERATIONS


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings(name: str) -> None:
    for spelling, word in SPELLINGS[name]:
        assert repr(outcome(TRANSFORM[name], value_of(spelling))) == repr(word)


@pytest.mark.parametrize("name", SPELLINGS)
def test_the_first_spelling_of_a_word_comes_back(name: str) -> None:
    first: dict[str | int, str | int | bool] = {}
    for spelling, word in SPELLINGS[name]:
        first.setdefault(word, spelling)
    for word, spelling in first.items():
        usual = spelling.capitalize() if name == "month" and isinstance(spelling, str) else spelling
        assert repr(TRANSFORM[name].inverse(word)) == repr(value_of(usual))


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_is_not_listed_is_refused(name: str) -> None:
    transform = TRANSFORM[name]
    for spelling in ("", " ", "Kickoff", " Pending", "Pending ", "PENDİNG", "'; DROP TABLE x; --"):
        assert outcome(transform, string(spelling)) == refused("unknown_spelling"), spelling
    for number in (2, -1, 2**63 - 1):
        assert outcome(transform, integer(number)) == refused("unknown_spelling")
    assert outcome(transform, array([])) == refused("unexpected_kind")
    assert outcome(transform, double(0.5)) == refused("unexpected_kind")
    assert outcome(transform, double(float("nan"))) == refused("unexpected_kind")
    assert outcome(transform, null()) is None
    for sql in ("kickoff", 7, 0.5):
        assert given_back(transform, sql) == refused("unexpected_sql_value")


@pytest.mark.parametrize("name", sorted(ENUMERATIONS - INTEGER_WORDS))
def test_words_are_text(name: str) -> None:
    assert TRANSFORM[name].sql_type == "TEXT"
    assert all(isinstance(word, str) for _, word in SPELLINGS[name])


@pytest.mark.parametrize("name", sorted(INTEGER_WORDS))
def test_truth_words_are_integers(name: str) -> None:
    assert TRANSFORM[name].sql_type == "INTEGER"
    assert given_back(TRANSFORM[name], 1.0) == refused("unexpected_sql_value")


def test_a_truth_is_not_a_number_and_a_whole_double_is() -> None:
    assert outcome(TRANSFORM["rfi_status"], boolean(True)) == refused("unknown_spelling")
    assert outcome(TRANSFORM["rfi_status"], double(1.0)) == "closed"
    assert outcome(TRANSFORM["rfi_status"], double(-0.0)) == "open"
    assert outcome(TRANSFORM["rfi_priority"], integer(1)) == refused("unknown_spelling")


def test_one_spelling_cannot_stand_for_two_words() -> None:
    with pytest.raises(DeclarationError, match=r"^spelling 'x' stands for two words$"):
        Enumeration({"a": ("x",), "b": ("x",)})


def test_a_table_is_read_as_it_is_written() -> None:
    table = Enumeration({"open": ("Open", True), 7: (0, "0"), "closed": (False,)})
    assert dict(table.known) == {
        ("stringValue", "Open"): "open", ("booleanValue", True): "open",
        ("integerValue", "0"): 7, ("stringValue", "0"): 7, ("booleanValue", False): "closed",
    }  # fmt: skip


def test_a_transform_is_made_of_its_table() -> None:
    words: dict[str | int, tuple[str | int | bool, ...]] = {"open": ("Open",), "closed": (0,)}
    made = enum("made_up", words, summary="A made-up state.")
    parts = (made.name, made.meaning, made.sql_type, made.summary, made.one_way)
    assert parts == ("made_up", "text", "TEXT", "A made-up state.", "")
    assert (outcome(made, string("Open")), given_back(made, "closed")) == ("open", integer(0))
    truth = enum("made_up_truth", {1: (True,)}, sql_type="INTEGER", summary="A made-up truth.")
    assert (truth.meaning, truth.sql_type) == ("boolean", "INTEGER")
