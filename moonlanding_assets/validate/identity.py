"""The ids that rows must have, computed a second time from paths.

Version 5 UUIDs spelled out with sha1, so that this shares nothing with what is judged.
"""

import hashlib

from moonlanding_assets.contract.unknown import BORN_FIELD
from moonlanding_assets.validate.values import Fields, Value, map_of, text_of

_URL_NAMESPACE = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")  # RFC 9562, NAMESPACE_URL


def _version_five(namespace: bytes, name: str) -> bytes:
    digest = bytearray(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


_NAMESPACE = _version_five(_URL_NAMESPACE, "https://moonlanding.example/documents")
_HASH = hashlib.sha1(_NAMESPACE, usedforsecurity=False)


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def row_id(path: str, locator: str = "") -> str:
    """The id of the row of a document, or of the array item at `locator` in it.

    A document that was born in Moonlanding says it in its own id.
    """
    above, _, last = path.rpartition("/")
    if not locator and last[:3] == "ml-":
        said = _said(last, above)
        if said:
            return said
    running = _HASH.copy()
    running.update((f"{path}#{locator}" if locator else path).encode())
    name = running.hexdigest()
    variant = _VARIANT[name[16]]
    return f"{name[:8]}-{name[8:12]}-5{name[13:16]}-{variant}{name[17:20]}-{name[20:32]}"


def said_ids(elements: list[Value], place: str) -> list[str]:
    """What each element of an array says its row's id is, "" where it says none; each id once.

    place: the path of the document, "#" and where the array is.
    """
    found: list[str] = []
    for element in elements:
        name = text_of((map_of(element) or {}).get(BORN_FIELD)) or ""
        said = _said(name, place)
        found.append("" if said in found else said)
    return found


def _said(name: str, place: str) -> str:
    """The id between `ml-` and a check that holds for this place only; "" where it does not."""
    identity, check = name[3:-13], name[-12:]
    expected = hashlib.sha256(place.encode() + b"\n" + identity.encode()).hexdigest()
    is_said = name == f"ml-{identity}-{check}" and expected.startswith(check) and len(check) == 12
    return identity if is_said else ""


def item_keys(elements: list[Value]) -> list[str]:
    """The key of each element: its own id when it has one that no other element has, else @index.

    The id is the string `id`, or `cloud_id` when there is no `id`. One that begins with @ could be
    another element's index and is none.
    """
    own = [_own_id(map_of(element)) for element in elements]
    seen: dict[str, int] = {}
    for one in own:
        seen[one] = seen.get(one, 0) + 1
    return [one if one and seen[one] == 1 else f"@{index}" for index, one in enumerate(own)]


def _own_id(fields: Fields | None) -> str:
    if fields is None:
        return ""
    own = text_of(fields.get("id")) or text_of(fields.get("cloud_id")) or ""
    return "" if own.startswith("@") else own
