"""What each JSON column must hold of the source. Declarations and the few rules they need.

Lists of row ids are judged by the validator of references, positions also by that of coordinates.
"""

from collections.abc import Callable
from dataclasses import dataclass

from moonlanding_assets.validate.plain import Plain, plain
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.values import ITSELF, Fields, at, is_null

JsonRule = Callable[[SourceRow], Plain]  # None: the source has nothing for this column


@dataclass(frozen=True)
class Whole:
    """The first of the fields that holds a value of the kind, as it is."""

    fields: tuple[str, ...]
    kind: str = "arrayValue"

    def __call__(self, row: SourceRow) -> Plain:
        """See JsonRule."""
        for name in self.fields:
            value = at(row.fields, name)
            if value is not None and self.kind in value:
                return plain(value)
        return None


@dataclass(frozen=True)
class Texts:
    """An array of strings; an array with anything else in it is not taken."""

    field: str

    def __call__(self, row: SourceRow) -> Plain:
        """See JsonRule."""
        value = row.fields.get(self.field, {})
        found = plain(value) if "arrayValue" in value else None
        is_texts = found is not None and all(
            "stringValue" in one for one in value["arrayValue"]["values"]
        )
        return found if is_texts else None


@dataclass(frozen=True)
class Named:
    """An object of the named fields that say anything."""

    fields: tuple[str, ...]
    source: str = ""

    def __call__(self, row: SourceRow) -> Plain:
        """See JsonRule."""
        return named(row.fields, self.fields, self.source)


def named(fields: Fields, names: tuple[str, ...], source: str = "") -> Plain:
    """The fields that say anything, by name, and the name of the source."""
    held = {name: plain(fields[name]) for name in names if not is_null(fields.get(name))}
    return {**held, "source": source} if source else held


_TEMPLATES = {  # beginning of a path → the fields that its content is made of
    "friday/rfis/": ("description", "status", "due_date", "deadline", "engagement_id",
                     "engagement"),
    "myworkreview/templates/": ("sections", "content", "default_checklists"),
    "myworkreview/checklists/": ("section_items", "emailChecklist", "mandatory",
                                 "managerApprove"),
    "myworkreview/sections/": ("section_items",),
}  # fmt: skip
_RECREATION = ("details", "clientId", "engagementTypeId")


def template_content(row: SourceRow) -> Plain:
    """Friday's templates are a list of sections, the libraries an object of fields."""
    for beginning, names in _TEMPLATES.items():
        if row.path.startswith(beginning):
            return named(row.fields, names)
    return Whole(("sections",))(row)


def whole_item(row: SourceRow) -> Plain:
    """The array item itself."""
    itself = row.fields.get(ITSELF)
    return plain({"mapValue": {"fields": row.fields}} if itself is None else itself)


def log_state(row: SourceRow) -> Plain:
    """The message and where it comes from, or what was recreated."""
    if row.path.startswith("friday/recreationLogs/"):
        return named(row.fields, _RECREATION)
    return named(row.fields, ("message",), _log_name(row.path))


def _log_name(path: str) -> str:
    if path.startswith("myworkreview/"):
        return "mwr log"
    if "/activity/" not in path:
        return "friday log"
    return "friday rfi" if "/rfis/" in path else "friday engagement"


JSON_COLUMNS: dict[str, dict[str, JsonRule]] = {
    "rfi_response": {"file_attachments": Whole(("attachments",))},
    "rfi_responses": {"attachments": Whole(("attachments",))},
    "message": {"attachments": Whole(("attachments",))},
    "chat_messages": {"attachments": Whole(("attachments",))},
    "audit_logs": {"after_state": log_state},
    "email": {"attachments": Texts("attachmentUrls")},
    "review_template": {"content": template_content},
    "template_section": {"content": whole_item},
    "review": {"tags": Texts("tags"), "flags": Texts("flags")},
    "highlight": {
        "scaled_position": Whole(("position",), "mapValue"),
        "bounding_rect": Whole(("position.boundingRect",), "mapValue"),
        "rects": Whole(("position.rects",)),
        "attachment": Whole(("attachment",), "mapValue"),
    },
    "checklist": {"section_items": Whole(("section_items", "items"))},
}
