"""Addresses of files as the sources store them: download addresses with tokens, Drive ids.

Every host is an example domain, every token invented.
"""

import random
from urllib.parse import quote

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import between, drive_id, pick, token
from moonlanding_assets.synthetic.clock import file_suffix
from moonlanding_assets.synthetic.words import PAPERS

_KINDS = (
    ("pdf", "application/pdf"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("png", "image/png"),
)


def download_url(rng: random.Random, path: str, *, bucket: str) -> str:
    """The address of a stored file, with the query string that must never be migrated."""
    return (
        f"https://firebasestorage.googleapis.com/v0/b/{bucket}.example.com/o/"
        f"{quote(path, safe='')}?alt=media&token={token(rng)}"
    )


def signed_url(rng: random.Random, path: str, *, bucket: str) -> str:
    """An address that carries its own (invented) signature."""
    return (
        f"https://storage.example.com/{bucket}.example.com/{quote(path)}"
        f"?X-Goog-Expires=604800&X-Goog-Signature={token(rng).replace('-', '')}"
    )


def file_name(rng: random.Random) -> tuple[str, str]:
    """A file's name and its MIME type."""
    ending, mime = pick(rng, _KINDS)
    return f"{pick(rng, PAPERS)} {between(rng, 2022, 2026)}.{ending}", mime


def stored_file(rng: random.Random, folder: str, *, uploaded_us: int) -> v.Fields:
    """url, name, type and size of a file below a storage folder."""
    name, mime = file_name(rng)
    path = f"{folder}/{name}_{file_suffix(uploaded_us)}"
    return {
        "url": v.string(download_url(rng, path, bucket="demo-friday")),
        "name": v.string(name),
        "type": v.string(mime),
        "size": v.integer(between(rng, 900, 9_000_000)),
    }


def drive_file(rng: random.Random) -> v.Value:
    """An attachment that lives in Drive: its url is a file id."""
    name, mime = file_name(rng)
    return v.map_({"url": v.string(drive_id(rng)), "name": v.string(name), "type": v.string(mime)})


def chat_file(rng: random.Random, folder: str, *, bucket: str, uploaded_us: int) -> v.Value:
    """An attachment of a chat message."""
    name, mime = file_name(rng)
    path = f"{folder}/{name}_{file_suffix(uploaded_us)}"
    url = download_url(rng, path, bucket=bucket)
    return v.map_({"url": v.string(url), "name": v.string(name), "type": v.string(mime)})


def photo(rng: random.Random, number: int) -> v.Value:
    """The address of a picture, or null."""
    if number % 3 == 1:
        return v.null()
    return v.string(f"https://photos.example.com/{token(rng)[:8]}/{number}.jpg")
