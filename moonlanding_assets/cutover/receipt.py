"""A phase's receipt: what it came to, bound to the snapshots, the database and each report.

Holds writing, reading and sealing; whether it still fits the data is decided in gate.py. The
receipt file is the truth, Dagster's materialization of `phase/<n>` mirrors it.
"""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

FORMAT = 1
FILE = "receipt.json"
PASSED, FAILED = "PASS", "FAIL"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a phase leaves.

    `snapshots`: system → digest. `reports`: check → digest of what it found. `checks`: check →
    verdict. `backups`: names of those taken before. `rests_on`: phase → its evidence digest.
    `signature`: the hash of the sign-off that opened the gate, "" when none was needed.
    """

    phase: str
    fraction: str
    verdict: str
    snapshots: dict[str, str]
    database_sha256: str
    logical_digest: str
    reports: dict[str, str]
    checks: dict[str, str]
    backups: tuple[str, ...]
    rollback_seconds: float | None
    rests_on: dict[str, str]
    signature: str
    made_at: str

    @property
    def evidence(self) -> str:
        """Hex SHA-256 over the data and what was found out about them.

        What a second run over the same data changes (times, bytes that mean the same) is left out,
        so a signature lasts as long as the data and the findings.
        """
        return _digest(
            {
                "phase": self.phase,
                "fraction": self.fraction,
                "verdict": self.verdict,
                "snapshots": self.snapshots,
                "logical_digest": self.logical_digest,
                "reports": self.reports,
                "checks": self.checks,
                "has_gone_back": self.rollback_seconds is not None,
            }
        )

    def to_json(self) -> bytes:
        """The receipt with its evidence digest and a seal over everything."""
        content = {"format": FORMAT, **dataclasses.asdict(self), "evidence": self.evidence}
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps({**content, "seal": _digest(content)}, option=options)

    @classmethod
    def from_json(cls, text: bytes) -> "Receipt":
        """The receipt of that text; raises ValueError when it was changed."""
        content = orjson.loads(text)
        if not isinstance(content, dict) or content.pop("seal", None) != _digest(content):
            raise ValueError("the seal does not fit")
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        evidence = content.pop("evidence")
        receipt = cls(**{**content, "backups": tuple(content["backups"])})
        if receipt.evidence != evidence:
            raise ValueError("the evidence does not fit")
        return receipt


def write_receipt(layout: Layout, receipt: Receipt) -> Path:
    """Put the receipt in the place of an older one; where it is."""
    return put_in_place(layout.phase(receipt.phase) / FILE, receipt.to_json())


def read_receipt(layout: Layout, phase: str) -> Receipt | None:
    """The phase's receipt; None when there is none, or none that can be believed."""
    try:
        receipt = Receipt.from_json((layout.phase(phase) / FILE).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return receipt if receipt.phase == phase else None


def has_receipt_file(layout: Layout, phase: str) -> bool:
    """Whether there is something in the receipt's place, believable or not."""
    return (layout.phase(phase) / FILE).is_file()


def _digest(content: Any) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
