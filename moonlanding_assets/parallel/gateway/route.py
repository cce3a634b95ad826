"""Who answers a read and who takes a write, derived from the state row; and the clients' tokens.

Pure: a row, a user and a token in, sides out. Holds no I/O.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

import orjson

from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.states import Side

MOST_PATHS = 32  # in a token; with more the session reads everything from the authority
_BUCKETS = 100


@dataclass(frozen=True, kw_only=True)
class Route:
    """What the router goes by: the row, and the share of users that read from NEW in S4."""

    row: Row
    percent: int

    @property
    def is_shadowing(self) -> bool:
        """Whether reads are compared."""
        return self.row.state == "S3"

    def may_read_new(self, user: str) -> bool:
        """Whether NEW comes first for this user while OLD has authority; always the same answer."""
        if self.row.state == "S4":
            return bucket(user) < self.percent
        return self.row.state in ("S5", "S6", "S7")

    def readers(self, *, user: str, is_fresh: bool, has_token: bool) -> tuple[Side, ...]:
        """The sides to ask, in order. Only reads fall back, and only from NEW to OLD.

        is_fresh: NEW has what the session wrote here. A session that wrote here does not fall
        back once NEW has authority: OLD may be seconds behind.
        """
        if self.row.authority == "NEW":
            is_followed = self.row.state != "S11" and not has_token
            return ("NEW", "OLD") if is_followed else ("NEW",)
        return ("NEW", "OLD") if self.may_read_new(user) and is_fresh else ("OLD",)


def bucket(user: str) -> int:
    """0 to 99, by a hash: the same user is always in the same one."""
    digest = hashlib.sha256(user.encode()).digest()
    return int.from_bytes(digest[:8], "big") % _BUCKETS


@dataclass(frozen=True)
class Token:
    """What a session has written: path → version in us; `is_full` when there was too much."""

    versions: dict[str, int] = field(default_factory=dict)
    is_full: bool = False

    def version(self, path: str) -> int | None:
        """The version that the session must see of this document, None for any."""
        return self.versions.get(path)

    def with_write(self, path: str, version: int) -> "Token":
        """The token after one more write."""
        versions = {**self.versions, path: version}
        if self.is_full or len(versions) > MOST_PATHS:
            return Token({}, is_full=True)
        return Token(versions)

    def text(self) -> str:
        """As a header carries it."""
        content = orjson.dumps({"v": self.versions, "full": self.is_full})
        return base64.urlsafe_b64encode(content).decode("ascii")


def token_of(text: str) -> Token:
    """The token of a header, an empty one of ""; raises ValueError for anything else."""
    if not text:
        return Token()
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text.encode("ascii")))
        versions = {str(path): int(version) for path, version in content["v"].items()}
        return Token(versions, is_full=bool(content["full"]))
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("not a token of this gateway") from None
