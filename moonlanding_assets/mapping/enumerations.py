"""Transforms of the sources' enumerations: every known spelling, and the word it becomes.

Holds only declarations and the rule that reads them. A spelling that is not listed is refused and
reported, never mapped to a default. The first spelling listed for a word is the one given back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from moonlanding_assets.errors import DeclarationError, RejectedValue
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.schema.columns import SqlType

Spelling = str | int | bool
_Key = tuple[str, str | bool]


@dataclass(frozen=True, eq=False)
class Enumeration:
    """A table of spellings. `words`: the column's word, and its spellings, the usual one first."""

    words: Mapping[str | int, tuple[Spelling, ...]]
    known: Mapping[_Key, str | int] = field(init=False)

    def __post_init__(self) -> None:
        known: dict[_Key, str | int] = {}
        for word, spellings in self.words.items():
            for spelling in spellings:
                if known.setdefault(_key(_value(spelling)), word) != word:
                    raise DeclarationError(f"spelling {spelling!r} stands for two words")
        object.__setattr__(self, "known", MappingProxyType(known))

    def forward(self, value: Value) -> SqlValue:
        """The word that a known spelling stands for.

        >>> status = Enumeration({"open": ("Open", True), "closed": (False,)})
        >>> status.forward({"booleanValue": True})
        'open'
        """
        if "nullValue" in value:
            return None
        word = self.known.get(_key(value))
        if word is None:
            raise RejectedValue("unknown_spelling")
        return word

    def inverse(self, sql: SqlValue) -> Value | None:
        """The usual spelling of a word.

        >>> Enumeration({"open": ("Open", True)}).inverse("open")
        {'stringValue': 'Open'}
        """
        if sql is None:
            return None
        spellings = self.words.get(sql) if isinstance(sql, str | int) else None
        if not spellings:
            raise RejectedValue("unexpected_sql_value")
        return _value(spellings[0])


def _value(spelling: Spelling) -> Value:
    if isinstance(spelling, bool):
        return {"booleanValue": spelling}
    if isinstance(spelling, int):
        return {"integerValue": str(spelling)}
    return {"stringValue": spelling}


def _key(value: Value) -> _Key:
    """What a value is looked up by: a double without fraction is the integer."""
    [(kind, payload)] = value.items()
    if kind == "doubleValue" and isinstance(payload, float) and payload.is_integer():
        return "integerValue", str(int(payload))
    if kind not in ("stringValue", "integerValue", "booleanValue"):
        raise RejectedValue("unexpected_kind")
    return kind, payload


def enum(
    name: str,
    words: Mapping[str | int, tuple[Spelling, ...]],
    *,
    summary: str,
    sql_type: SqlType = "TEXT",
) -> Transform:
    """The transform of an enumeration."""
    table = Enumeration(words)
    return Transform(
        name, "text" if sql_type == "TEXT" else "boolean", table.forward, table.inverse,
        sql_type=sql_type, summary=summary,
    )  # fmt: skip


STAGE = enum(
    "stage",
    {
        "info_gathering": ("Info Gathering", "InfoGathering", "info_gathering"),
        "commencement": ("Commencement", "commencement"),
        "team_execution": ("Team Execution", "TeamExecution", "team_execution"),
        "partner_review": ("Partner Review", "PartnerReview", "partner_review"),
        "finalization": ("Finalization", "finalization"),
        "close_out": ("Close Out", "CloseOut", "close_out"),
    },
    summary="The stage of an engagement, in any of its three spellings.",
)
ENGAGEMENT_STATUS = enum(
    "engagement_status",
    {"pending": ("Pending", "pending"), "active": ("Active", "active")},
    summary="The status of an engagement.",
)
REPEAT_INTERVAL = enum(
    "repeat_interval",
    {
        "yearly": ("yearly", "Yearly"),
        "monthly": ("monthly", "Monthly"),
        "once": ("once", "Once"),
    },
    summary="How often an engagement comes again.",
)
CLIENT_STATUS = enum(
    "client_status",
    {
        "pending": ("Pending", "pending"),
        "partially_sent": ("Partially Sent", "partially_sent"),
        "sent": ("Sent", "sent"),
    },
    summary="How far the client has answered an RFI.",
)
AUDITOR_STATUS = enum(
    "auditor_status",
    {
        "requested": ("Requested", "requested"),
        "reviewing": ("Reviewing", "reviewing"),
        "queries": ("Queries", "queries"),
        "received": ("Received", "received"),
        "accepted": ("Accepted", "accepted"),
    },
    summary="How far the auditor has dealt with an RFI.",
)
RFI_STATUS = enum("rfi_status", {"open": (0,), "closed": (1,)}, summary="0 open, 1 closed.")
RFI_QUESTION_STATUS = enum(
    "rfi_question_status", {"pending": (0,), "answered": (1,)}, summary="0 pending, 1 answered."
)
RFI_CLIENT_STATUS = enum(
    "rfi_client_status",
    {
        "open": ("Pending", "pending"),
        "pending_response": ("Partially Sent", "partially_sent"),
        "responded": ("Sent", "sent"),
    },
    summary="The status of an open RFI, from how far the client has answered it.",
)
RFI_STATE = enum(
    "rfi_state",
    {
        "pending": ("Pending", "pending"),
        "active": ("Active", "active"),
        "inactive": ("Inactive", "inactive"),
    },
    summary="Whether an RFI is in use.",
)
RFI_PRIORITY = enum(
    "rfi_priority", {"high": (True,), "medium": (False,)}, summary="A flagged RFI has priority."
)
RESPONSE_TYPE = enum(
    "response_type",
    {
        "client_response": ("clientResponse", "client_response"),
        "auditor_response": ("manualResponse", "auditor_response"),
    },
    summary="Who answered: the client, or the auditor by hand.",
)
LETTER_CLIENT_STATUS = enum(
    "letter_client_status",
    {"pending": ("Pending", "pending"), "sent": ("Sent", "sent")},
    summary="Whether the client has sent the signed letter.",
)
LETTER_AUDITOR_STATUS = enum(
    "letter_auditor_status",
    {
        "pending": ("Pending", "pending"),
        "queries": ("Queries", "queries"),
        "accepted": ("Accepted", "accepted"),
    },
    summary="Whether the auditor has accepted the letter.",
)
POST_RFI_CLIENT_STATUS = enum(
    "post_rfi_client_status",
    {
        "pending": ("Pending", "pending"),
        "queries": ("Queries", "queries"),
        "accepted": ("Accepted", "accepted"),
    },
    summary="Whether the client has accepted the draft.",
)
POST_RFI_AUDITOR_STATUS = enum(
    "post_rfi_auditor_status",
    {"pending": ("Pending", "pending"), "sent": ("Sent", "sent")},
    summary="Whether the auditor has sent the draft.",
)
