"""Seeded chance: a stream of random numbers for each thing, ids and picks drawn from it.

Nothing here reads a clock, global random state or `hash`: same seed, same everything.
"""

import base64
import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def stream(seed: int, *about: str | int) -> random.Random:
    """The stream of one thing: adding other things does not change it."""
    return random.Random("/".join(str(one) for one in (seed, *about)))  # noqa: S311 - not secret


def pick(rng: random.Random, items: Sequence[Item]) -> Item:
    """One of the items."""
    return items[int(rng.random() * len(items))]


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def auto_id(rng: random.Random) -> str:
    """A Firestore document id: 20 letters and digits."""
    return base64.b64encode(rng.randbytes(15), altchars=b"Xy").decode("ascii")


def drive_id(rng: random.Random) -> str:
    """A Google Drive file or folder id: 33 characters."""
    return "1" + base64.urlsafe_b64encode(rng.randbytes(24)).decode("ascii")


def token(rng: random.Random) -> str:
    """The token of a download address, shaped like a UUID."""
    digits = rng.randbytes(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def highlight_id(seed: int, review_id: str, number: int) -> str:
    """The id of a review's highlight: sixteen digits, as the viewer makes them."""
    digest = hashlib.sha256(f"{seed}/highlight/{review_id}/{number}".encode()).digest()
    return str(int.from_bytes(digest[:8], "big") % 10**16).zfill(16)
