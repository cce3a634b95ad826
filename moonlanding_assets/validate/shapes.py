"""Which collections and arrays rows come from. Declarations only, made from the field lists.

The validators' own reading of the sources: nothing here is taken from the mapping.
"""

from typing import NamedTuple


class Items(NamedTuple):
    """An array field (or a map that stands alone) whose elements are rows of `tables`.

    `inside`: arrays in each element. `sibling`: the subcollection whose document of the same id
    gives the row instead. `of_anything`: elements that are no maps are
    rows as well.
    """

    field: str
    tables: tuple[str, ...]
    inside: "tuple[Items, ...]" = ()
    sibling: str = ""
    of_anything: bool = False


class Shape(NamedTuple):
    """The rows of one collection: of each document, and of its arrays."""

    tables: tuple[str, ...] = ()
    items: tuple[Items, ...] = ()


_SECTIONS = Items("sections", ("template_section",), of_anything=True)
_LIBRARY = Items("section_items", ("template_section",), of_anything=True)

SHAPES: dict[str, Shape] = {
    "friday/users": Shape(items=(Items("clients", ("client_user",)),)),
    "friday/teams": Shape(("team",)),
    "friday/clients": Shape(("client",)),
    "friday/engagements": Shape(
        ("engagement",),
        (
            Items("engagement_letter", ("letter",)),
            Items("post_rfi", ("letter",)),
            Items("post_rfi_journal", ("letter",)),
        ),
    ),
    "friday/engagements_sections": Shape(("rfi_section",)),
    "friday/engagements_rfis": Shape(
        ("rfi", "rfis", "rfi_questions"),
        (
            Items("responses", ("rfi_response", "rfi_responses"), sibling="responses"),
            Items("files", ("file",), sibling="files"),
        ),
    ),
    "friday/engagements_responses": Shape(("rfi_response", "rfi_responses")),
    "friday/engagements_files": Shape(("file",)),
    "friday/engagements_activity": Shape(("audit_logs",)),
    "friday/engagements_rfis_activity": Shape(("audit_logs",)),
    "friday/engagements_chat": Shape(("chat_messages",)),
    "friday/engagements_rfis_team_chat": Shape(("message",)),
    "friday/recreation_logs": Shape(("audit_logs",)),
    "friday/logs": Shape(("audit_logs",)),
    "friday/templates": Shape(("review_template",), (_SECTIONS,)),
    "friday/rfis": Shape(("review_template",)),
    "friday/emails": Shape(("email",)),
    "mwr/teams": Shape(("team",)),
    "mwr/templates": Shape(("review_template",), (_SECTIONS,)),
    "mwr/checklists": Shape(("review_template",), (_LIBRARY,)),
    "mwr/sections": Shape(("review_template",), (_LIBRARY,)),
    "mwr/reviews": Shape(
        ("review",),
        (
            Items("highlights", ("highlight",), (Items("responses", ("highlight_comment",)),)),
            Items("collaborators", ("collaborator",)),
            Items("flags", ("flag",), of_anything=True),
            Items(
                "sections",
                ("checklist",),
                (Items("section_items", ("checklist_item",)), Items("items", ("checklist_item",))),
            ),
            Items("tender_details", ("tender",)),
        ),
    ),
    "mwr/reviews_chat": Shape(("chat_messages",)),
    "mwr/reviews_checklists": Shape(("checklist",), (Items("section_items", ("checklist_item",)),)),
    "mwr/removed_highlights": Shape(items=(Items("highlights", ("removedHighlight",)),)),
    "mwr/logs": Shape(("audit_logs",)),
}


def tables_of(items: tuple[Items, ...]) -> frozenset[str]:
    """Every table that these arrays feed, at any depth."""
    own = {table for one in items for table in one.tables}
    return frozenset(own.union(*(tables_of(one.inside) for one in items)))


READ_TABLES: tuple[str, ...] = tuple(
    dict.fromkeys(
        table
        for shape in SHAPES.values()
        for table in (*shape.tables, *sorted(tables_of(shape.items)))
    )
)
SIBLING_COLLECTIONS = {
    "responses": "friday/engagements_responses",
    "files": "friday/engagements_files",
}
