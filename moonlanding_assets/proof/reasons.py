"""Every reason code of the ledger: what it means to people, and what to do about it.

Transforms' reasons have their meaning in mapping/reasons.py; the engine's own are here. Holds no
query. A test scans the code that writes reasons and compares both directions.
"""

from dataclasses import dataclass

from moonlanding_assets.errors import LoadError
from moonlanding_assets.mapping.reasons import REASONS


@dataclass(frozen=True)
class Words:
    """What a reason means, and what to do."""

    meaning: str
    remedy: str


_IN_SOURCE = "correct the value in the source system, then take the snapshot again"
_DECLARE = "if it is right, declare it (moonlanding declare --suggest), then migrate again"
_TIME = "give the field a full date and time in the source, or declare the format in mapping/times"
_PATH = "upload the file again or correct its address in the source"
_NUMBER = "put a plain number into the field in the source"
_AS_IS = "nothing, if the residue may keep it; else correct the value in the source"

#: the engine's reasons for documents, array items and fields
ENGINE_REASONS: dict[str, Words] = {
    "missing_required": Words(
        "a column that must have a value gets none from this document or item",
        "fill the field in the source; the fields named beside it say which",
    ),
    "not_a_user": Words(
        "a field that should name a user holds text that is neither an id nor an e-mail address",
        "put the id or e-mail address of the user into the field in the source",
    ),
    "key_clash": Words(
        "the existing target already has a row with this key",
        "look at both rows; remove or rename the one in the target, then run again",
    ),
    "parent_quarantined": Words(
        "the item lies inside an item that is in quarantine itself",
        "mend the item around it: this one follows by itself",
    ),
    "unknown_collection": Words(
        "no declaration knows the collection of this document",
        "declare it (moonlanding declare --suggest), then take the snapshot again",
    ),
    "unknown_role": Words(
        "a role id that the role documents do not have, or a name that is no role",
        "correct the role of the user, or the role documents, in the source",
    ),
}

#: what to do about a value that a transform refuses; the meaning is in mapping/reasons.py
REMEDIES: dict[str, str] = {
    "ambiguous_epoch": _TIME,
    "ambiguous_path": _PATH,
    "backslash": _PATH,
    "control_character": _PATH,
    "empty_item": _IN_SOURCE,
    "leap_second": _IN_SOURCE,
    "lone_surrogate": "correct the text in the source: one of its characters is half a character",
    "map_without_id": "give the map its cloud_id or e-mail address in the source",
    "negative_size": _NUMBER,
    "no_drive_id": _PATH,
    "no_object_path": _PATH,
    "no_time_zone": _TIME,
    "not_a_boolean": "set the field to true or false in the source",
    "not_a_calendar_date": _TIME,
    "not_a_document_path": "put the id of an existing document into the field in the source",
    "not_a_financial_year": "set the year in the source, such as FY2025",
    "not_a_mime_type": "correct the type of the file in the source",
    "not_a_number": _NUMBER,
    "not_a_text_list": _IN_SOURCE,
    "not_a_time_map": _TIME,
    "not_a_time_of_day": _TIME,
    "not_a_url": _PATH,
    "not_an_email": "correct the e-mail address in the source",
    "not_an_integer": _NUMBER,
    "not_an_offset": _TIME,
    "not_base64": _IN_SOURCE,
    "not_exact_as_double": _AS_IS,
    "not_finite": _NUMBER,
    "not_json": _AS_IS,
    "not_nanoseconds": _TIME,
    "not_one_year": "set the year in the source: four digits, one year",
    "not_utf8": _PATH,
    "out_of_64_bits": _NUMBER,
    "path_traversal": _PATH,
    "unexpected_kind": _DECLARE,
    "unexpected_sql_value": "report it: the migration never writes such a value",
    "unknown_host": "if the store may be trusted, add its host to mapping/places; else " + _PATH,
    "unknown_scheme": _PATH,
    "unknown_spelling": "add the spelling to mapping/enumerations, or correct it in the source",
    "unknown_time_format": _TIME,
    "year_out_of_range": _TIME,
}

#: why the residue keeps a value (or says that the inverse must not give one)
RESIDUE_REASONS: dict[str, str] = {
    "no_column": "no column holds it",
    "empty": "it says nothing (null or an empty text) and no column holds it",
    "form": "a column holds what it says, the residue how it was written",
    "form_alias": "as form; and it stands under the second or a later name of its column",
    "alias": "a column holds it; it stands under the second or a later name of that column",
    "absent": "the column has a value here that this document does not have",
    "dangling": "it names a document that the snapshot does not have",
    "rejected": "a transform refused it; see the quarantine",
    "quarantined": "the document or item around it is in quarantine",
    "merged": "a document of its own, or a row that was there before, gives the value",
    "declared": "declared: not migrated on purpose",
    "unknown_field": "no declaration knows the field (moonlanding declare --suggest)",
}

#: why a document has its outcome, where the outcome alone does not say it; other reasons are the
#: contract's own words
OUTCOME_REASONS: dict[str, str] = {
    "": "it has a row of its own",
    "rows_of_items": "its items have rows, the document itself has none",
    "kept_in_residue": "no table has a home for it, the residue keeps it whole",
    "same_email": "a user with the same e-mail address has the row, which holds this one too",
}

#: why a row exists that no document gives
PLACEHOLDER_REASONS: dict[str, str] = {
    "document_missing": "references name a document that the snapshot does not have",
    "document_quarantined": "references name a document that is in quarantine",
    "user_gone": "references name a user who does not exist any more",
    "engagement_without_client": "engagements that name no client need one",
    "review_without_engagement": "reviews that no engagement links to, by team and year",
    "no_author": "responses and comments that name no author need one",
    "no_remover": "nothing says who removed a highlight",
}

#: rules of migration_derived that are no fallback and no completion of a mapping
DERIVED_RULES: dict[str, str] = {
    "existing_row": "the row was in the target before: its values stay as they are",
    "schema_default": "the default of the column",
    "by_unique_name": "the one document whose name the source gives",
}


def quarantine_words(reason: str) -> Words:
    """Meaning and remedy of a quarantine reason; LoadError for one that nobody explains."""
    own = ENGINE_REASONS.get(reason)
    if own is not None:
        return own
    if reason not in REASONS or reason not in REMEDIES:
        raise LoadError(f"no words for the quarantine reason {reason!r}: add them to reasons.py")
    return Words(REASONS[reason], REMEDIES[reason])
