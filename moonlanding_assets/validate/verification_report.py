"""The report of all twelve checks over one file: as an object, as JSON and as Markdown.

Holds no comparison and no rule. It is about exactly the bytes and snapshots that its parts judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets.validate.verification import Checked, Notes

NAME = "verification"  # of the report's file
_SHOWN_LINES = 200


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Every check in order. `seed`: give it again and the same documents and keys are drawn."""

    fraction: str
    seed: str
    checks: tuple[Checked, ...]

    @property
    def passed(self) -> int:
        """How many checks passed; only PASS counts."""
        return sum(one.report.verdict is Verdict.PASS for one in self.checks)

    @property
    def seconds(self) -> float:
        """What all checks took."""
        return sum(one.report.seconds for one in self.checks)

    @property
    def count(self) -> str:
        """Such as 12/12."""
        return f"{self.passed}/{len(self.checks)}"

    def report_of(self, name: str) -> Report | None:
        """The report of one check, None when it was not run."""
        return next((one.report for one in self.checks if one.report.name == name), None)

    def to_json(self) -> str:
        """The whole as indented JSON; from_json reads it back."""
        whole = {
            "name": NAME,
            "fraction": self.fraction,
            "seed": self.seed,
            "count": self.count,
            "seconds": self.seconds,
            "checks": [
                {"report": orjson.loads(one.report.to_json()), "notes": one.notes}
                for one in self.checks
            ],
        }
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()

    @classmethod
    def from_json(cls, text: str) -> "Verification":
        """What to_json wrote; raises KeyError, TypeError or ValueError when it is not that."""
        raw = orjson.loads(text)
        return cls(
            fraction=raw["fraction"],
            seed=raw["seed"],
            checks=tuple(
                Checked(
                    report=Report.from_json(orjson.dumps(one["report"]).decode()),
                    notes=one["notes"],
                )
                for one in raw["checks"]
            ),
        )

    def markdown(self) -> str:
        """For people: the twelve in one table, then each with its findings and notes."""
        lines = [f"# Verification of {self.fraction}: {self.count} passed", ""]
        lines += [f"Seed `{self.seed}`; {self.seconds:.1f} s. File {self._digest()}.", ""]
        lines += [
            "| | check | verdict | compared | findings | seconds |",
            "|--:|---|---|--:|--:|--:|",
        ]
        for number, one in enumerate(self.checks, 1):
            report = one.report
            lines.append(
                f"| {number} | {report.title} | {report.verdict.value} | {report.compared:,} "
                f"| {report.finding_count:,} | {report.seconds:.1f} |"
            )
        for number, one in enumerate(self.checks, 1):
            lines += ["", f"## {number}. {one.report.title} (`{one.report.name}`)", ""]
            lines += [one.report.markdown().rstrip(), *noted(one.notes)]
        return "\n".join(lines) + "\n"

    def _digest(self) -> str:
        digests = {one.report.database_digest for one in self.checks}
        return ", ".join(f"`{digest or 'unread'}`" for digest in sorted(digests))


def noted(notes: Notes) -> Iterator[str]:
    """Notes as Markdown: figures and texts as a list, lists of records as tables."""
    for name, value in notes.items():
        said = name.replace("_", " ")
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ("", f"**{said}**", "", *_table(value))
        elif isinstance(value, list):
            yield from ("", f"**{said}** ({len(value):,})", "")
            yield from (f"- `{_safe(one)}`" for one in value[:_SHOWN_LINES])
        else:
            yield from ("", f"{said}: {_safe(value)}")


def _table(records: list[dict[str, Any]]) -> Iterator[str]:
    names = list(records[0])
    yield f"| {' | '.join(name.replace('_', ' ') for name in names)} |"
    yield "|---" * len(names) + "|"
    for record in records[:_SHOWN_LINES]:
        yield f"| {' | '.join(_safe(record.get(name, '')) for name in names)} |"


def _safe(value: object) -> str:
    """Text that cannot leave its cell or line."""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.encode("unicode_escape").decode().replace("|", "\\|")
