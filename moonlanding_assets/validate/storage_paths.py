"""Where a stored file lies, read a second time from its address; and which paths are unsafe.

Holds no table. A path is inside its bucket, decoded, without host, bucket, token or query string.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from moonlanding_assets.validate.values import Value, text_of


class Place(NamedTuple):
    """The path inside the bucket, or the Drive file id; `store` is firebase or drive."""

    path: str
    store: str


_DRIVE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_IN_DRIVE = re.compile(r"(?:/d/|/folders/|[?&]id=)([A-Za-z0-9_-]{20,})(?=[/?&#]|$)")
_OBJECT = re.compile(r"/(?:v0|storage/v1|download/storage/v1)/b/[^/]+/o/(.+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def place_of(value: Value | None) -> Place | None:
    """Where the file of a source value lies; None when it says nothing, or nothing safe."""
    text = (text_of(value) or "").strip()
    if not text:
        return None
    if _DRIVE_ID.fullmatch(text):
        return Place(text, "drive")
    found = _of_address(text) if _SCHEME.match(text) else Place(_bare(text), "firebase")
    return None if found is None or why_unsafe(found.path) else found


def _bare(text: str) -> str:
    return text.split("?", 1)[0].removeprefix("/") if "=" in text else text.removeprefix("/")


def _of_address(text: str) -> Place | None:
    try:
        url = urlsplit(text)
    except ValueError:
        return None
    if url.scheme == "gs":
        return Place(text.removeprefix("gs://").partition("/")[2], "firebase")
    host = (url.hostname or "").lower()
    if url.scheme not in ("http", "https"):
        return None
    if host.startswith(("drive.", "docs.")):
        drive = _IN_DRIVE.search(text)
        return Place(drive.group(1), "drive") if drive else None
    found = _OBJECT.fullmatch(url.path)
    if found:
        return _decoded(found.group(1))
    if host.startswith("storage."):  # storage.HOST/BUCKET/path
        return _decoded(url.path.removeprefix("/").partition("/")[2])
    if ".storage." in host:  # BUCKET.storage.HOST/path
        return _decoded(url.path.removeprefix("/"))
    return None


def _decoded(encoded: str) -> Place | None:
    try:
        return Place(unquote_to_bytes(encoded).decode(), "firebase")
    except UnicodeDecodeError:
        return None


def why_unsafe(path: str) -> str:
    """Why a path must not be stored, "" for a good one. Decoding it once more changes nothing."""
    again = unquote_to_bytes(path).decode(errors="replace")
    segments = {part for seen in (path, again) for part in seen.split("/")}
    checks = (
        (not path or path.endswith("/"), "no_file"),
        (path.startswith("/"), "absolute"),
        (".." in segments or "." in segments, "leaves_its_place"),
        ("?" in path and "=" in path, "query_string"),
        ("://" in path or bool(_SCHEME.match(path)), "scheme"),
        ("\\" in path, "backslash"),
        (bool(_CONTROL.search(path)), "control_character"),
        (path != path.strip(), "blanks_around"),
    )
    return next((reason for is_bad, reason in checks if is_bad), "")
