"""Keys of a managed export and Firestore paths: one into the other.

`__id7__` in a path is the numeric id 7, which is another document than "7".
Holds no values other than references and no reading of files.
"""

import re
from collections.abc import Iterable
from typing import Any

DEFAULT_DATABASE = "(default)"

# The emulator's prefix of a project; production writes s~ or e~. Readers drop any.
_WRITTEN_PREFIX = "dev~"
_PREFIX = re.compile(r"^[a-z]+~")
_NUMERIC_ID = re.compile(r"__id(-?[1-9][0-9]*)__")
_RESERVED_ID = re.compile(r"__.*__", re.DOTALL)
_REFERENCE = re.compile(r"projects/([^/]+)/databases/([^/]+)/documents/(.+)", re.DOTALL)


class UnreadableKeyError(ValueError):
    """A key or reference that is no path of a document."""


def path_of(elements: Iterable[Any]) -> str:
    """The document path of a key's (or reference's) elements; raises UnreadableKeyError."""
    parts: list[str] = []
    for element in elements:
        parts.append(element.type)
        parts.append(element.name or _numeric_id(element))
    try:
        path = "/".join(parts)
    except TypeError:  # protobuf gives a text that is no UTF-8 as bytes
        raise UnreadableKeyError("a key that is no UTF-8 text") from None
    if not path or path.count("/") != len(parts) - 1 or "" in parts:
        raise UnreadableKeyError("a key that is no document path")
    return path


def home_of(key: Any) -> tuple[str, str]:
    """Project and database of a key (or reference) message; raises UnreadableKeyError.

    The project is without the prefix of its place: `s~demo-friday` is `demo-friday`.
    """
    app, database = key.app, key.database_id
    if not isinstance(app, str) or not isinstance(database, str):
        raise UnreadableKeyError("a project or database that is no UTF-8 text")
    project = _PREFIX.sub("", app)
    if not project or key.name_space:
        raise UnreadableKeyError("a key without a project, or with a namespace")
    return project, database or DEFAULT_DATABASE


def reference_text(reference: Any) -> str:
    """The REST form of a reference message, whole: it may point to any project or database."""
    project, database = home_of(reference)
    path = path_of(reference.pathelement)
    return f"projects/{project}/databases/{database}/documents/{path}"


def fill_key(entity: Any, path: str, *, project: str, database: str) -> None:
    """Write the key and the entity group of a document; raises ValueError where the path is none.

    `entity` is an Entity message that has neither.
    """
    key = entity.key
    key.app = f"{_WRITTEN_PREFIX}{project}"
    if database != DEFAULT_DATABASE:
        key.database_id = database
    pairs = _pairs(path)
    for kind, id_ in pairs:
        _fill(key.path.element.add(), kind, id_)
    _fill(entity.entity_group.element.add(), *pairs[0])


def fill_reference(reference: Any, text: str) -> None:
    """Write a reference in REST form into a Reference message; raises ValueError."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise ValueError("a reference reads projects/P/databases/D/documents/PATH")
    project, database, path = found.groups()
    reference.app = f"{_WRITTEN_PREFIX}{project}"
    if database != DEFAULT_DATABASE:
        reference.database_id = database
    for kind, id_ in _pairs(path):
        _fill(reference.pathelement.add(), kind, id_)


def _numeric_id(element: Any) -> str:
    return f"__id{element.id}__" if element.HasField("id") else ""


def _pairs(path: str) -> list[tuple[str, str]]:
    parts = path.split("/")
    if len(parts) % 2 or "" in parts:
        raise ValueError("a document path has an even number of parts, none of them empty")
    return list(zip(parts[::2], parts[1::2], strict=True))


def _fill(element: Any, kind: str, id_: str) -> None:
    element.type = kind
    if not id_.startswith("__") or not _RESERVED_ID.fullmatch(id_):
        element.name = id_
        return
    found = _NUMERIC_ID.fullmatch(id_)
    if found is None or not -(2**63) <= int(found[1]) < 2**63:
        raise ValueError("an id between __ and __ is reserved, but for numbers: __id7__")
    element.id = int(found[1])
