"""Values that the source does not have, each by one documented rule; the ledger records every use.

Holds no transform. A fallback gives None where its rule has nothing to say.
"""

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import Fallback, Row
from moonlanding_assets.mapping.people import name_before_at
from moonlanding_assets.mapping.texts import first_line
from moonlanding_assets.mapping.times import utc_timestamp
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.mapping.years import four_digit_year


def _text(value: Value | None) -> str:
    return str((value or {}).get("stringValue", "")).strip()


def _converted(row: Row, name: str, by: Transform) -> SqlValue:
    value = row.value(name)
    try:
        return None if value is None else by.forward(value)
    except RejectedValue:
        return None


def _snapshot_time(row: Row) -> SqlValue:
    """When the snapshot was taken."""
    return row.snapshot_time


def _created_at(row: Row) -> SqlValue:
    """The same moment as created_at of the row."""
    return row.columns.get("created_at")


def _name_before_at(row: Row) -> SqlValue:
    """The part of the e-mail address before the at sign."""
    return _converted(row, "email", name_before_at)


def _client_role(row: Row) -> SqlValue:
    """People of clients have no role of their own: admin anywhere makes an admin."""
    if _text(row.value("type")) != "client":
        return None
    held = (row.value("clients") or {}).get("arrayValue", {}).get("values", ())
    roles = [_text(one.get("mapValue", {}).get("fields", {}).get("role")) for one in held]
    return "client_admin" if "admin" in roles else "client_user"


def _year_of_dates(row: Row) -> SqlValue:
    """The year of the first of four dates that can be read: start, created (two), deadline."""
    for name in ("commencement_date", "createdTime", "created_at", "deadline_date"):
        moment = _converted(row, name, utc_timestamp)
        if moment is not None:
            return str(moment)[:4]
    return None


def _engagement_name(row: Row) -> SqlValue:
    """The title, else client, type, year and month, as the application's own lists show it."""
    title = _text(row.value("title"))
    if title:
        return title
    client = _text(row.value("client_id")) or _text(row.value("client"))
    kind = _text(row.value("engagement_type"))
    parts = (
        row.name_of("friday/clients", client) if client else _text(row.value("client_name")),
        row.name_of("friday/engagement_types", kind) if kind else None,
        _converted(row, "year", four_digit_year),
        _text(row.value("month")),
    )
    return " ".join(str(part) for part in parts if part) or None


def _unknown_client(row: Row) -> SqlValue:
    """One placeholder client for every engagement that names none."""
    return row.placeholder("client", "synthetic:client", "engagement_without_client")


def _unknown_author(row: Row) -> SqlValue:
    """One placeholder user for everything whose author nothing names."""
    return row.placeholder("users", "synthetic:author", "no_author")


def _section_name(row: Row) -> SqlValue:
    """The name of the section that the RFI names."""
    section = _text(row.value("section_cloud_id"))
    return row.name_of("friday/engagements_sections", section) if section else None


def _first_line_of_question(row: Row) -> SqlValue:
    """The first line of the question."""
    return _converted(row, "question", first_line)


def _title(row: Row) -> SqlValue:
    """The name of the RFI."""
    return _text(row.value("name")) or None


def _document_id(row: Row) -> SqlValue:
    """The id of the document."""
    return row.document_id


def _item_number(row: Row) -> SqlValue:
    """An at sign and the index of the item in its array, from 0."""
    return f"@{row.index}"


def _index(row: Row) -> SqlValue:
    """The index of the item in its array, from 0."""
    return row.index


def _zero(row: Row) -> SqlValue:
    """0, the page of what has no page; general comments say 0 themselves."""
    return "0"


def _empty_text(row: Row) -> SqlValue:
    """An empty text."""
    return ""


def _empty_list(row: Row) -> SqlValue:
    """An empty JSON array."""
    return "[]"


def _review_engagement(row: Row) -> SqlValue:
    """The engagement that links here, else one synthetic engagement for each team and year."""
    linked = row.linked_engagement()
    if linked is not None:
        return linked
    team = _text(row.value("team.cloud_id")) or _text(row.value("team")) or "none"
    year = _converted(row, "financialYear", four_digit_year) or "unknown"
    key = f"synthetic:engagement:{team}:{year}"
    return row.placeholder("engagement", key, "review_without_engagement")


def _review_time(row: Row) -> SqlValue:
    """The review's published_date, else when the snapshot was taken."""
    return _converted(row, "^published_date", utc_timestamp) or row.snapshot_time


def _earliest_response(row: Row) -> SqlValue:
    """The earliest response, else the review's date, else the snapshot's."""
    held = (row.value("responses") or {}).get("arrayValue", {}).get("values", ())
    moments = []
    for one in held:
        value = one.get("mapValue", {}).get("fields", {}).get("datetime")
        try:
            moment = None if value is None else utc_timestamp.forward(value)
        except RejectedValue:
            moment = None
        if moment is not None:
            moments.append(str(moment))
    return min(moments) if moments else _review_time(row)


def _tender_deadline(row: Row) -> SqlValue:
    """The deadline inside the tender details."""
    return _converted(row, "tender_details.deadline_date", utc_timestamp)


def _review_deadline(row: Row) -> SqlValue:
    """The deadline of the review."""
    return _converted(row, "^deadline_date", utc_timestamp)


def _highlight_color(row: Row) -> SqlValue:
    """Green when resolved, red when its author is a partner, else grey."""
    if (row.value("resolved") or {}).get("booleanValue") is True:
        return "green"
    return "red" if row.role_of("email") == "partner" else "grey"


def _is_of_partner(row: Row) -> SqlValue:
    """1 when the author is a partner, else 0."""
    return int(row.role_of("email") == "partner")


def _tender_status(row: Row) -> SqlValue:
    """From the flags of the review: an award wins over an end, an end over open."""
    held = (row.value("^flags") or {}).get("arrayValue", {}).get("values", ())
    flags = {_text(one) for one in held}
    if "Won" in flags:
        return "awarded"
    return "closed" if flags & {"Declined", "Lost", "Missed", "Closed"} else "open"


def _log_subject(row: Row) -> SqlValue:
    """The word review when the log names a review that exists, else system."""
    review = _text(row.value("review"))
    return "review" if review and row.row_of("mwr/reviews", review) else "system"


def _log_category(row: Row) -> SqlValue:
    """What the log names as its review, though no such review exists, else the word log."""
    return _text(row.value("review")) or "log"


def _review_of_same_id(row: Row) -> SqlValue:
    """The review whose document id is the same."""
    return row.row_of("mwr/reviews", row.document_id)


def _unknown_remover(row: Row) -> SqlValue:
    """One placeholder user for every removal, since nothing says who removed."""
    return row.placeholder("users", "synthetic:remover", "no_remover")


SNAPSHOT_TIME = Fallback("snapshot_time", _snapshot_time)
CREATED_AT = Fallback("created_at", _created_at)
NAME_BEFORE_AT = Fallback("name_before_at", _name_before_at)
CLIENT_ROLE_OF = Fallback("client_role", _client_role)
YEAR_OF_DATES = Fallback("year_of_dates", _year_of_dates)
ENGAGEMENT_NAME = Fallback("engagement_name", _engagement_name)
UNKNOWN_CLIENT = Fallback("unknown_client", _unknown_client)
UNKNOWN_AUTHOR = Fallback("unknown_author", _unknown_author)
SECTION_NAME = Fallback("section_name", _section_name)
FIRST_LINE_OF_QUESTION = Fallback("first_line_of_question", _first_line_of_question)
TITLE = Fallback("title", _title)
DOCUMENT_ID = Fallback("document_id", _document_id)
ITEM_NUMBER = Fallback("item_number", _item_number)
INDEX = Fallback("index", _index)
ZERO = Fallback("page_zero", _zero)
EMPTY_TEXT = Fallback("empty_text", _empty_text)
EMPTY_LIST = Fallback("empty_list", _empty_list)
REVIEW_ENGAGEMENT = Fallback("unlinked_review", _review_engagement)
REVIEW_TIME = Fallback("review_time", _review_time)
EARLIEST_RESPONSE = Fallback("earliest_response", _earliest_response)
TENDER_DEADLINE = Fallback("tender_deadline", _tender_deadline)
REVIEW_DEADLINE = Fallback("review_deadline", _review_deadline)
HIGHLIGHT_COLOR = Fallback("highlight_color", _highlight_color)
IS_OF_PARTNER = Fallback("is_of_partner", _is_of_partner)
TENDER_STATUS = Fallback("tender_status", _tender_status)
LOG_SUBJECT = Fallback("log_subject", _log_subject)
LOG_CATEGORY = Fallback("log_category", _log_category)
REVIEW_OF_SAME_ID = Fallback("review_of_same_id", _review_of_same_id)
UNKNOWN_REMOVER = Fallback("unknown_remover", _unknown_remover)
