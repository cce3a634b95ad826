"""References resolved: from what a source value says to the id of a row, or a placeholder.

Holds no claim on source fields (settle.py) and no rule (evaluate.py).
"""

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import (
    Ancestor,
    Reference,
)
from moonlanding_assets.mapping.people import user_key
from moonlanding_assets.mapping.transform import Value
from moonlanding_assets.normalize.row import SourceRow, target_path


def resolve_target(rule: Reference, row: SourceRow, key: str) -> str | None:
    """The row of the document `key`; a placeholder where the rule allows one, else None."""
    directory = row.work.directory
    paths = [target_path(collection, key, row.work.path) for collection in rule.to]
    for path in paths:
        found = directory.ids.get(path)
        if found is not None:
            return found
    if not rule.placeholder:
        return None
    return directory.placeholder(
        rule.placeholder, paths[0], reason="document_missing", collection=rule.to[0]
    )


def resolve_name(rule: Reference, row: SourceRow) -> str | None:
    """The row whose unique name is in the field `by_name`."""
    if not rule.by_name:
        return None
    text = (row.value(rule.by_name) or {}).get("stringValue", "")
    path = row.work.directory.by_name.get((rule.to[0], text.strip()))
    return row.work.directory.ids.get(path) if path else None


def resolve_user(source: Value, row: SourceRow, collection: str) -> str | None:
    """The row id of the user that a value names; a placeholder when there is no such user."""
    text = source.get("stringValue")
    if text is not None and "@" in text and "/" not in text:
        # by far the most frequent case: an address as the directory writes it
        known = row.work.directory.users_by_email.get(text)
        if known is not None:
            return known
    key = user_key.forward(source)
    if key is None:
        return None
    kind, _, named = str(key).partition(":")
    directory = row.work.directory
    if kind == "email":
        found = directory.users_by_email.get(named)
        return found or directory.placeholder("users", str(key), reason="user_gone")
    if any(letter.isspace() for letter in named):
        raise RejectedValue("not_a_user")
    path = target_path(collection, named, row.work.path)
    found = directory.ids.get(path)
    return found or directory.placeholder("users", path, reason="user_gone", collection=collection)


def resolve_ancestor(rule: Ancestor, row: SourceRow) -> str | None:
    """The row of the document that this one lies below.

    When it is missing: a placeholder where the rule allows one, else None.
    """
    path = "/".join(row.work.path.split("/")[: rule.segments])
    directory = row.work.directory
    found = directory.ids.get(path)
    if found is not None or not rule.placeholder:
        return found
    return directory.placeholder(
        rule.placeholder, path, reason="document_missing", collection=rule.to
    )
