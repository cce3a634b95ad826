"""How large the demo is: documents a system, and the sizes that follow from them.

Holds numbers only, no invented data.
"""

from dataclasses import dataclass

from moonlanding_assets.errors import SettingsError

SMALLEST = 400


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Exactly how many documents each system's export holds."""

    friday: int
    mwr: int

    @property
    def friday_users(self) -> int:
        """User documents of Friday."""
        return min(361, max(19, 12 + self.friday // 65))

    @property
    def mwr_users(self) -> int:
        """User documents of MyWorkReview."""
        return min(112, max(9, self.friday_users // 3))

    @property
    def clients(self) -> int:
        """Client documents."""
        return min(995, max(6, self.friday // 88))

    @property
    def rfis_an_engagement(self) -> int:
        """RFIs of an engagement of middle size."""
        return min(28, max(4, self.friday // 365))

    @property
    def emails(self) -> int:
        """Inbound e-mails."""
        return max(6, self.friday // 110)

    @property
    def library(self) -> float:
        """Which part of the full libraries (templates, checklists, types) there is, up to 1."""
        return min(1.0, max(0.15, self.friday / 8_770))

    def of_library(self, full: int, *, at_least: int) -> int:
        """So many of a library of `full` documents."""
        return max(at_least, round(full * self.library))


STAGING = Scale(friday=8_770, mwr=7_965)
FULL = Scale(friday=180_000, mwr=50_000)


def scale_of(name: str) -> Scale:
    """`staging`, `full`, or a total number of documents split in staging's proportion.

    Raises SettingsError for any other word and for a total below 400.
    """
    if name in ("staging", "full"):
        return STAGING if name == "staging" else FULL
    if not (name.isascii() and name.isdigit()) or int(name) < SMALLEST:
        raise SettingsError(f"the scale is staging, full, or a whole number from {SMALLEST} on")
    total = int(name)
    friday = round(total * STAGING.friday / (STAGING.friday + STAGING.mwr))
    return Scale(friday=friday, mwr=total - friday)
