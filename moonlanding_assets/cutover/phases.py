"""The phases 3.4 to 3.7, declared once: Dagster's jobs, the commands and docs/phases.md follow.

Holds no reading and no decision. What counts as evidence is read in recorded.py, whether a phase
may begin is decided in gate.py.
"""

from dataclasses import dataclass

from moonlanding_assets.validate.catalogue import VALIDATORS
from moonlanding_assets.validate.twelve import TWELVE

# What a step can rest on besides the name of a check.
SNAPSHOT, BACKUP, DATABASE, ROLLBACK, REPORT, SIGNATURE = (
    "snapshot", "backup", "database", "rollback", "report", "signature",
)  # fmt: skip

#: the checks of the proof, by the name of their report
PROOFS = {
    "every_document_comes_back": "Every document comes back",
    "everything_is_accounted_for": "Everything is accounted for",
    "nothing_is_unknown": "Nothing is unknown",
}
#: the reports of one fraction: name → title
CHECKS = {validator.name: validator.title for validator in VALIDATORS} | PROOFS
EIGHT = tuple(validator.name for validator in VALIDATORS)
VERIFICATION = "verification"  # the name of the file that holds the twelve checks of 3.7


@dataclass(frozen=True, kw_only=True)
class Step:
    """One numbered step, done when everything that it rests on is there and passed."""

    number: str
    title: str
    rests_on: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase.

    `fraction`: which of the three databases it is about. `requires`: the phase before, which must
    have passed; `needs_signature`: and been signed. `is_writing`: it makes the database, and a
    backup before. `backs_up`: of which fractions. `is_exercising`: it goes back and forth for real.
    """

    number: str
    title: str
    fraction: str
    does: str
    requires: str
    needs_signature: bool
    is_writing: bool
    is_exercising: bool
    backs_up: tuple[str, ...]
    steps: tuple[Step, ...]
    criterion: str
    undo: str
    too_late: str

    @property
    def job(self) -> str:
        """The name of its Dagster job."""
        return f"phase_{self.number.replace('.', '_')}"


SAMPLE = Phase(
    number="3.4",
    title="Sample",
    fraction="1%",
    does="migrates 1% into a database of its own, judges it, and goes back and forth once",
    requires="",
    needs_signature=False,
    is_writing=True,
    is_exercising=True,
    backs_up=("1%",),
    steps=(
        Step(number="4.1", title="The snapshot is complete", rests_on=(SNAPSHOT,)),
        Step(number="4.2", title="Back up the sample's database", rests_on=(BACKUP,)),
        Step(number="4.3", title="Cut 1% and migrate it", rests_on=(DATABASE,)),
        Step(number="4.4", title="Run all 8 validators", rests_on=EIGHT),
        Step(number="4.5", title="Verify no data loss", rests_on=tuple(PROOFS)),
        Step(number="4.6", title="Exercise rollback", rests_on=(ROLLBACK,)),
        Step(number="4.7", title="Document the results", rests_on=(REPORT,)),
    ),
    criterion="8/8 validators, every document accounted for, rollback exercised in < 5 minutes",
    undo="`moonlanding restore --phase 3.4`: the sample's database as it was before",
    too_late="never: nobody works with the sample's database",
)

PILOT = Phase(
    number="3.5",
    title="Pilot",
    fraction="10%",
    does="migrates 10% into a database of its own, judges it, and goes back and forth once",
    requires="3.4",
    needs_signature=False,
    is_writing=True,
    is_exercising=True,
    backs_up=("100%", "10%"),
    steps=(
        Step(number="5.1", title="Back up the production database", rests_on=(BACKUP,)),
        Step(number="5.2", title="Cut 10% and migrate it", rests_on=(DATABASE,)),
        Step(number="5.3", title="Run all 8 validators", rests_on=EIGHT),
        Step(number="5.4", title="Verify no data loss", rests_on=tuple(PROOFS)),
        Step(number="5.5", title="Exercise rollback", rests_on=(ROLLBACK,)),
        Step(number="5.6", title="Document the results", rests_on=(REPORT,)),
        Step(number="5.7", title="Get the sign-off for phase 3.6", rests_on=(SIGNATURE,)),
    ),
    criterion="8/8 validators, every document accounted for, rollback exercised in < 5 minutes",
    undo="`moonlanding restore --phase 3.5`: the pilot's database as it was before",
    too_late="never: nobody works with the pilot's database",
)

FULL = Phase(
    number="3.6",
    title="Full migration",
    fraction="100%",
    does="migrates everything into data/app.db and judges it",
    requires="3.5",
    needs_signature=True,
    is_writing=True,
    is_exercising=False,
    backs_up=("100%",),
    steps=(
        Step(number="6.1", title="Final backup of the production database", rests_on=(BACKUP,)),
        Step(number="6.2", title="Full migration of Friday", rests_on=(DATABASE,)),
        Step(number="6.3", title="Full migration of MyWorkReview", rests_on=(DATABASE,)),
        Step(number="6.4", title="Run all validation checks", rests_on=EIGHT),
        Step(
            number="6.5",
            title="Verify that record counts match exactly",
            rests_on=("row_count", "every_document_comes_back", "everything_is_accounted_for"),
        ),
        Step(
            number="6.6",
            title="No live data issue is open: nothing is unknown",
            rests_on=("nothing_is_unknown",),
        ),
        Step(number="6.7", title="Document the final results", rests_on=(REPORT,)),
    ),
    criterion="record counts match 100%, 8/8 validators, every document accounted for",
    undo="`moonlanding restore --phase 3.6`: data/app.db as it was before, or no file",
    too_late="once people write into data/app.db: a rollback would lose what they wrote",
)

VERIFY = Phase(
    number="3.7",
    title="Verification",
    fraction="100%",
    does="asks twelve questions of the finished file",
    requires="3.6",
    needs_signature=False,
    is_writing=False,
    is_exercising=False,
    backs_up=("100%",),
    steps=(
        Step(number="7.0", title="Back up what is verified", rests_on=(BACKUP,)),
        *(
            Step(number=f"7.{number}", title=check.title, rests_on=(check.name,))
            for number, check in enumerate(TWELVE, 1)
        ),
        Step(number="7.13", title="Document the results", rests_on=(REPORT,)),
        Step(number="7.14", title="Get the sign-off for phase 3.8", rests_on=(SIGNATURE,)),
    ),
    criterion="12/12 checks",
    undo="none is needed: it changes nothing",
    too_late="never",
)

PHASES = (SAMPLE, PILOT, FULL, VERIFY)
BY_NUMBER = {phase.number: phase for phase in PHASES}
NUMBERS = tuple(BY_NUMBER)


def phase_that_writes(fraction: str) -> Phase:
    """The phase that makes the database of a fraction."""
    return next(one for one in PHASES if one.is_writing and one.fraction == fraction)
