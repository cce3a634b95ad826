"""A document as an old system had it at some moment. Holds no reading, so nothing of Firestore."""

from dataclasses import dataclass

from moonlanding_assets.normalize.apply import RawDocument


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """A document at some moment, and when it was last changed before, in us since 1970."""

    document: RawDocument
    update_time_us: int
