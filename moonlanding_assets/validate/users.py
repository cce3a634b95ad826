"""What each merged person must be: name, role, status and side, from all their documents.

The most powerful role that any document gives, never one more; the most alive status; a client
only when nobody calls the person an auditor.
"""

from typing import Any

from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.people import people_before, people_of
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import array_of, filled, map_of, text_of

ROLES = ("partner", "manager", "clerk", "client_admin", "client_user")
STATES = ("active", "inactive", "deleted")
SIDES = ("auditor", "client")
UNUSABLE = "!"
_COLUMNS = ("email", "id", "name", "role", "status", "type", "photo_url", "password_hash")
_ROLE_COLLECTIONS = {
    "friday/users_permissions": "friday",
    "friday/user_groups": "friday",
    "mwr/user_groups": "myworkreview",
}


def compare_users(evidence: Evidence, tally: Tally) -> None:
    """Every person of the snapshot against the one row that has the e-mail."""
    roles = role_names(evidence)
    stored = {row[0]: row for row in evidence.rows("users", *_COLUMNS)}
    known_before = people_before(evidence)
    for address, documents in people_of(evidence).groups():
        if address in known_before:
            continue  # the row was there and stays as it is: known_before.py judges the merge
        tally.evidence += 1
        found = stored.get(address)
        if found is None:
            tally.find("row_lost", path=documents[0].path)
            continue
        tally.compared += 1
        for column, allowed in _allowed(documents, roles).items():
            value = found[_COLUMNS.index(column)]
            is_derived = ("users", found[1], column) in evidence.derived
            if value not in allowed and not (is_derived and not allowed):
                detail = "no document says so"
                tally.find("value_differs", row_id=found[1], column=column, detail=detail)
    for row in stored.values():
        if row[-1] != UNUSABLE:
            tally.find("usable_password", row_id=row[1], column="password_hash")


def role_names(evidence: Evidence) -> dict[tuple[str, str], str]:
    """System and role id to the role's name."""
    return {
        (system, document.path.rpartition("/")[2]): name
        for collection, system in _ROLE_COLLECTIONS.items()
        for document in evidence.documents(collection)
        if (name := filled(document.fields.get("name")).lower()) in ROLES
    }


def _allowed(
    documents: list[Document], roles: dict[tuple[str, str], str]
) -> dict[str, tuple[Any, ...]]:
    """Column to the values that the documents allow; empty where only a rule can say."""
    photos = [photo_of(one) for one in documents]
    names = {filled(one.fields.get("name")) for one in documents}
    names |= {filled(one.fields.get("displayName")) for one in documents}
    held = [role for one in documents if (role := role_of(one, roles))]
    states = [state for one in documents if (state := state_of(one))]
    sides = [side for one in documents if (side := side_of(one))]
    return {
        "name": tuple(name for name in names if name),
        "role": _best(held or [client_role_of(one) for one in documents], ROLES) or ("clerk",),
        "status": _best(states, STATES) or ("active",),
        "type": _best(sides, SIDES) or ("auditor",),
        "photo_url": tuple(photo for photo in photos if photo) or (None,),
    }


def photo_of(document: Document) -> str:
    """The address of the picture, "" for none."""
    return filled(document.fields.get("photo")) or filled(document.fields.get("photoURL"))


def _best(held: list[str], order: tuple[str, ...]) -> tuple[str, ...]:
    known = [one for one in order if one in held]
    return (known[0],) if known else ()


def role_of(document: Document, roles: dict[tuple[str, str], str]) -> str:
    """The role that an auditor's document gives, by name or by id; "" for none."""
    system = document.path.partition("/")[0]
    for name in ("role", "role_name"):
        text = text_of(document.fields.get(name)) or ""
        found = roles.get((system, text), text.lower())
        if found in ROLES[:3]:
            return found
    return ""


def client_role_of(document: Document) -> str:
    """People of clients: an admin anywhere is an admin."""
    if filled(document.fields.get("type")) != "client":
        return ""
    held = [map_of(one) or {} for one in array_of(document.fields.get("clients"))]
    is_admin = any(filled(one.get("role")) == "admin" for one in held)
    return "client_admin" if is_admin else "client_user"


def state_of(document: Document) -> str:
    """The status that the document gives, "" for none."""
    said = (text_of(document.fields.get("status")) or "").lower()
    if said in STATES:
        return said
    active = document.fields.get("active", {}).get("booleanValue")
    is_reviewer = document.path.startswith("myworkreview/")
    return "" if active is None or not is_reviewer else ("active" if active else "inactive")


def side_of(document: Document) -> str:
    """The auditors' or the client's, "" when the document does not say."""
    if document.path.startswith("myworkreview/"):
        return "auditor"
    said = (text_of(document.fields.get("type")) or "").lower()
    return said if said in SIDES else ""
