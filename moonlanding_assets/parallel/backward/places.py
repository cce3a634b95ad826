"""Where a row that was born in Moonlanding goes: collection by table, parent by its row.

Declarations, and the path of a document that does not exist yet. Holds no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.identity import born_name, row_id
from moonlanding_assets.normalize.row import target_path
from moonlanding_assets.parallel.backward.rules import NotCarriedError

_RFIS, _REVIEWS = "friday/engagements_rfis", "mwr/reviews"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One home for rows of a table.

    each: the steps to the array (or map) that the row is an item of. parent: the column that names
    the row that encloses it, and that row's table. only: what columns must hold. of: the
    collections that the parent must be of. is_twin: another row of the same id gives the document.
    """

    collection: str
    each: tuple[str, ...] = ()
    parent: tuple[str, str] = ("", "")
    only: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    is_twin: bool = False


def _letter(paper: str) -> Place:
    return Place(
        collection="friday/engagements",
        each=(paper,),
        parent=("engagement_id", "engagement"),
        only={"letter_type": paper},
    )


def _below(collection: str, column: str, table: str) -> Place:
    return Place(collection=collection, parent=(column, table))


def _item(collection: str, *each: str, parent: tuple[str, str]) -> Place:
    return Place(collection=collection, each=each, parent=parent, of=collection)


def _log(collection: str, *, parent: str = "", **only: str) -> Place:
    named = ("entity_id", parent) if parent else ("", "")
    return Place(collection=collection, parent=named, only=only)


_TEMPLATE = ("template_id", "review_template")
_REVIEW = ("review_id", "review")
_LIST = ("checklist_id", "checklist")

#: table → the homes that a row may have, the first that fits; a table that is not here has none.
PLACES: Mapping[str, tuple[Place, ...]] = {
    "users": (Place(collection="friday/users"),),
    "team": (
        Place(collection="mwr/teams", only={"context": "review_team"}),
        Place(collection="friday/teams"),
    ),
    "client": (Place(collection="friday/clients"),),
    "client_user": (_item("friday/users", "clients", parent=("user_id", "users")),),
    "engagement": (Place(collection="friday/engagements"),),
    "letter": (_letter("engagement_letter"), _letter("post_rfi"), _letter("post_rfi_journal")),
    "rfi_section": (_below("friday/engagements_sections", "engagement_id", "engagement"),),
    "rfi": (_below(_RFIS, "engagement_id", "engagement"),),
    "rfis": (Place(collection=_RFIS, is_twin=True),),
    "rfi_questions": (Place(collection=_RFIS, is_twin=True),),
    "rfi_response": (_below("friday/engagements_responses", "rfi_id", "rfi"),),
    "rfi_responses": (Place(collection="friday/engagements_responses", is_twin=True),),
    "message": (_below("friday/engagements_rfis_team_chat", "rfi_id", "rfi"),),
    "file": (_below("friday/engagements_files", "rfi_id", "rfi"),),
    "email": (Place(collection="friday/emails"),),
    "review_template": (
        Place(collection="friday/templates", only={"template_type": "rfi_template"}),
        Place(collection="mwr/checklists", only={"template_type": "checklist_template"}),
        Place(collection="mwr/templates"),
    ),
    "template_section": (
        _item("friday/templates", "sections", parent=_TEMPLATE),
        _item("mwr/templates", "sections", parent=_TEMPLATE),
        _item("mwr/checklists", "section_items", parent=_TEMPLATE),
        _item("mwr/sections", "section_items", parent=_TEMPLATE),
    ),
    "review": (Place(collection=_REVIEWS),),
    "highlight": (_item(_REVIEWS, "highlights", parent=_REVIEW),),
    "highlight_comment": (
        _item(_REVIEWS, "highlights", "responses", parent=("highlight_id", "highlight")),
    ),
    "removedHighlight": (
        Place(collection="mwr/removed_highlights", each=("highlights",), parent=_REVIEW),
    ),
    "checklist": (_item(_REVIEWS, "sections", parent=_REVIEW),),
    "checklist_item": (
        _item(_REVIEWS, "sections", "section_items", parent=_LIST),
        _item("mwr/reviews_checklists", "section_items", parent=_LIST),
    ),
    "collaborator": (_item(_REVIEWS, "collaborators", parent=_REVIEW),),
    "flag": (_item(_REVIEWS, "flags", parent=_REVIEW),),
    "tender": (_item(_REVIEWS, "tender_details", parent=_REVIEW),),
    "chat_messages": (_below("friday/engagements_chat", "rfi_id", "rfi"),),
    "audit_logs": (
        _log("friday/engagements_rfis_activity", parent="rfi", entity_type="rfi",
             action="activity"),
        _log("friday/engagements_activity", parent="engagement", entity_type="engagement",
             action="activity"),
        _log("friday/logs", entity_type="system", action="log"),
        _log("mwr/logs", entity_type="review", action="log"),
    ),
}  # fmt: skip

#: Tables of which only rows of the declared kinds are of the old systems; the others stay.
MIXED = frozenset({"audit_logs"})


def places_of(table: str, columns: Mapping[str, SqlValue]) -> tuple[Place, ...]:
    """The homes that a row with these columns may have."""
    return tuple(
        one
        for one in PLACES.get(table, ())
        if all(columns.get(name) == value for name, value in one.only.items())
    )


def path_of_new(place: Place, identity: str, parent_path: str, earlier: str | None) -> str:
    """The path of the document of a row that had none; raises NotCarriedError.

    parent_path: of the document of the parent row, "" where there is none. earlier: a document that
    once gave a row of this id; it comes again if it was at this very place.
    """
    above = target_path(place.collection, "x", parent_path).rpartition("/")[0]
    if earlier is not None and earlier.rpartition("/")[0] == above and row_id(earlier) == identity:
        return earlier
    name = born_name(identity, above)
    if name is None:
        raise NotCarriedError("id_unusable")
    return f"{above}/{name}"
