"""What happens before a phase touches anything: the gate, and backups of what it could harm.

Holds the one call that assets make before they write. Undo: `moonlanding restore`.
"""

from moonlanding_assets.cutover.exercise import recover
from moonlanding_assets.cutover.gate import require_open
from moonlanding_assets.cutover.phases import NUMBERS, Phase, phase_that_writes
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.load.backup import forget_old, take_backup
from moonlanding_assets.load.backup_manifest import Backup
from moonlanding_assets.settings import Layout

KEPT_BACKUPS = 3  # of each phase and database, beside those that a receipt names


def before_writing(layout: Layout, fraction: str) -> tuple[Backup, ...]:
    """Require the gate of the phase that makes this fraction's database, then back up.

    Raises GateClosed; NoSpace, BrokenDatabase, TargetRefused or TargetBusy without a backup.
    """
    phase = phase_that_writes(fraction)
    require_open(layout, phase)
    return back_up(layout, phase)


def back_up(layout: Layout, phase: Phase) -> tuple[Backup, ...]:
    """Take the phase's backups and forget old ones; those that a receipt names stay."""
    recover(layout, phase)
    taken = tuple(take_backup(layout, fraction, phase.number) for fraction in phase.backs_up)
    forget_old(layout, keep=KEPT_BACKUPS, named=named_backups(layout))
    return taken


def named_backups(layout: Layout) -> frozenset[str]:
    """The backups that a receipt names."""
    receipts = (read_receipt(layout, number) for number in NUMBERS)
    return frozenset(name for one in receipts if one is not None for name in one.backups)
