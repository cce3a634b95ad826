"""What the validators cost beside the migration itself, by the stage times of each run.

Holds arithmetic only; it is rendered by summary.py.
"""

from collections.abc import Mapping

from moonlanding_assets.console.watch import StageTime

MIGRATION = ("plan sample", "cut collections", "normalize", "load")
READING = ("read ", "copy target")  # how the stages begin that take the snapshots
VALIDATING = "validate "


def reading_seconds(stages: Mapping[str, StageTime]) -> float:
    """Seconds in which the snapshots were taken."""
    return sum(one.seconds for name, one in stages.items() if name.startswith(READING))


def migration_seconds(stages: Mapping[str, StageTime]) -> float:
    """Seconds of sampling, normalizing and loading."""
    return sum(stages[name].seconds for name in MIGRATION if name in stages)


def validating_seconds(stages: Mapping[str, StageTime]) -> float:
    """Seconds of all validators that ran."""
    return sum(one.seconds for name, one in stages.items() if name.startswith(VALIDATING))


def cost_cells(stages: Mapping[str, StageTime], *, read_seconds: float) -> tuple[str, str, str]:
    """Migration, validators, and validators as a share of the migration; "" for what did not run.

    read_seconds: of the snapshots, where reading them belongs to this run's migration.
    """
    migration, validators = migration_seconds(stages), validating_seconds(stages)
    if not migration or not validators:
        return "", "", ""
    whole = migration + read_seconds
    return f"{whole:.1f}", f"{validators:.1f}", f"{validators / whole:.0%}"
