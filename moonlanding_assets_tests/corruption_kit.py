"""Every corruption in order, and the matrix of who catches what. Holds no damage of its own."""

from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.corruptions import Corruption
from moonlanding_assets_tests.corruptions_of_merges import OF_MERGES
from moonlanding_assets_tests.corruptions_of_places import COORDINATES
from moonlanding_assets_tests.corruptions_of_rows import OF_ROWS
from moonlanding_assets_tests.corruptions_of_times import INSTANTS
from moonlanding_assets_tests.corruptions_of_values import OF_VALUES

CORRUPTIONS: tuple[Corruption, ...] = (
    *COORDINATES,
    *INSTANTS,
    *OF_ROWS,
    *OF_MERGES,
    *OF_VALUES,
)


def who_fails(evidence: Evidence) -> dict[str, set[str]]:
    """Validator that fails to everything that its findings name: row ids and paths."""
    reports = [run(validator, evidence) for validator in VALIDATORS]
    return {
        report.name: {
            name for finding in report.findings for name in (finding.row_id, finding.path)
        }
        for report in reports
        if report.verdict is not Verdict.PASS
    }


def matrix(caught: dict[str, set[str]]) -> str:
    """Corruption by validator as a Markdown table: x caught and expected, o noticed as well."""
    names = [validator.name for validator in VALIDATORS]
    lines = [f"| corruption | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    for one in CORRUPTIONS:
        marks = ["x" if name in one.caught_by else "o" for name in names]
        shown = [mark if name in caught[one.name] else " "
                 for mark, name in zip(marks, names, strict=True)]  # fmt: skip
        lines.append(f"| {one.name} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"
