"""Transforms of where a file is stored: Firebase Storage paths and Google Drive ids.

Holds no file access. A URL is reduced to the path of the object in its bucket: what a signed or
download URL adds (host, bucket, token, signature, expiry) is dropped. Paths that could leave their
bucket, or be read in two ways, are refused.
"""

import re
from urllib.parse import SplitResult, parse_qs, unquote, unquote_to_bytes, urlsplit

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    nothing_back,
    string_back,
    text_in,
)

_DRIVE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_DRIVE_HOSTS = ("drive.google.com", "docs.google.com")
_DRIVE_PATH = re.compile(r"/(?:[^/]+/)*(?:d|folders)/([A-Za-z0-9_-]{20,})(?:/.*)?")
_FIREBASE_HOST = "firebasestorage.googleapis.com"
_BUCKET_HOSTS = ("storage.googleapis.com", "storage.cloud.google.com")
_BUCKET_HOST_SUFFIX = ".storage.googleapis.com"
_OBJECT_PATH = re.compile(r"/(?:v0|(?:download/)?storage/v1)/b/[^/]+/o/(.+)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:data|blob|file|javascript|mailto|[A-Za-z]):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def to_storage_path(value: Value) -> SqlValue:
    """The decoded path of the object in its bucket, or the Drive file id.

    >>> to_storage_path({"stringValue": "https://firebasestorage.googleapis.com/v0/b/demo/o/"
    ...                                 "c1%2Fe1%2Fbank%20letter.pdf?alt=media&token=t"})
    'c1/e1/bank letter.pdf'
    >>> to_storage_path({"stringValue": "gs://demo/c1/e1/a.pdf"})
    'c1/e1/a.pdf'
    >>> to_storage_path({"stringValue": "1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"})
    '1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345'
    """
    found = _find(value)
    return None if found is None else found[0]


def to_storage_type(value: Value) -> SqlValue:
    """Where the file is stored: firebase, or drive.

    >>> to_storage_type({"stringValue": "1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"})
    'drive'
    """
    found = _find(value)
    return None if found is None else found[1]


def _find(value: Value) -> tuple[str, str] | None:
    """The path or id, and the store."""
    text = (text_in(value) or "").strip()
    if not text:
        return None
    if _CONTROL.search(text):
        raise RejectedValue("control_character")
    if _DRIVE_ID.fullmatch(text):
        return text, "drive"
    if _SCHEME.match(text):
        path, store = _of_url(text)
    else:
        path, store = _without_query(text).removeprefix("/"), "firebase"
    _require_safe(path)
    return path, store


def _of_url(text: str) -> tuple[str, str]:
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        raise RejectedValue("not_a_url") from None
    if url.scheme == "gs":
        return text.partition("://")[2].partition("/")[2], "firebase"
    if url.scheme not in ("http", "https"):
        raise RejectedValue("unknown_scheme")
    if host in _DRIVE_HOSTS:
        return _drive_id(url), "drive"
    if host == _FIREBASE_HOST or host in _BUCKET_HOSTS or host.endswith(_BUCKET_HOST_SUFFIX):
        return _decoded(_object_part(url, host)), "firebase"
    raise RejectedValue("unknown_host")


def _drive_id(url: SplitResult) -> str:
    found = _DRIVE_PATH.fullmatch(url.path)
    if found is not None:
        return found.group(1)
    ids = parse_qs(url.query).get("id", [])
    if len(ids) != 1 or _DRIVE_ID.fullmatch(ids[0]) is None:
        raise RejectedValue("no_drive_id")
    return ids[0]


def _object_part(url: SplitResult, host: str) -> str:
    found = _OBJECT_PATH.fullmatch(url.path)
    if found is not None:
        return found.group(1)
    if host == _FIREBASE_HOST:
        raise RejectedValue("no_object_path")
    path = url.path.removeprefix("/")
    return path if host.endswith(_BUCKET_HOST_SUFFIX) else path.partition("/")[2]


def _decoded(encoded: str) -> str:
    try:
        return unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        raise RejectedValue("not_utf8") from None


def _without_query(path: str) -> str:
    before, mark, query = path.partition("?")
    return before if mark and "=" in query else path


def _require_safe(path: str) -> None:
    if not path or path.endswith("/"):
        raise RejectedValue("no_object_path")
    if "\\" in path:
        raise RejectedValue("backslash")
    if _CONTROL.search(path):
        raise RejectedValue("control_character")
    for seen in (path, unquote(path)):  # someone may decode it once more
        if any(segment in (".", "..") for segment in seen.split("/")):
            raise RejectedValue("path_traversal")
    is_plain = path == path.strip() and not path.startswith("/") and not _SCHEME.match(path)
    if not is_plain or _without_query(path) != path:
        raise RejectedValue("ambiguous_path")


storage_path = Transform("storage_path", "path", to_storage_path, string_back)
storage_type = Transform(
    "storage_type", "text", to_storage_type, nothing_back,
    one_way="derived: the address itself is in another column or in the residue",
)  # fmt: skip
