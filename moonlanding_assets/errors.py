"""The exception tree: what can stop a run. Bad data is not here: it is quarantined or a finding.

MoonlandingError
├── SettingsError            a setting that cannot be understood
├── DeclarationError         a contract, schema or mapping that contradicts itself (at import)
├── RejectedValue            a transform refuses one value (becomes residue or quarantine)
├── SourceError
│   ├── NotAnExport          the directory holds no managed export
│   ├── DamagedExport        an export whose bytes or counts are wrong
│   ├── WrongSystem          an export of the other system
│   ├── LiveReadError        live Firestore that does not give everything, exactly
│   │   ├── AccessRefused    no credentials, no permission, no such project or database
│   │   ├── IncompleteRead   what was read is not what Firestore counts, however often
│   │   └── ReadTimeRefused  a read time that Firestore does not have, or no longer has
│   └── SnapshotError        a snapshot that is missing, unfinished or changed
├── EngineError              the chosen engine cannot convert
│   ├── EngineMissing        a package or program that the engine needs is not here
│   └── EngineFailed         it began, and did not end well
├── StageError               a stage file that is missing or does not fit its table
├── BenchFailed              a measurement that did not come to its end: there is no figure
├── PhaseError
│   ├── GateClosed           a phase may not start: evidence is missing, stale or foreign
│   ├── SignOffRefused       nothing that could be signed, or a log of signatures that was changed
│   ├── RollbackFailed       going back did not give the database that it should
│   └── ArchiveRefused       an archive that is damaged, not proved, or cannot be made
├── ParallelError
│   ├── TransitionRefused    a change of state that the table does not have, or without evidence
│   ├── StateMoved           the state is another one than the change was meant for
│   ├── StepFailed           a step of the switch that did not do what it should in its time
│   ├── SwitchAborted        a switch that was undone before its journal; nothing moved
│   ├── ServiceRefused       a service that runs already, did not start or does not end
│   └── SyncError            the sync cannot go on: no present state, or rows it cannot write
└── LoadError
    ├── BackupRefused        a backup that is damaged, or of another database
    ├── TargetBusy           another migrator holds the lease
    ├── StepRefused          a step in a worker that its run did not call, or cannot have called
    ├── TargetRefused        an existing database that cannot be migrated into
    ├── PlanChanged          a run would do something else than the plan that was asked for
    ├── NoSpace              the disk is too small
    └── BrokenDatabase       a candidate that fails its own integrity checks

Every message names the thing, what was found, what was expected and what to do.
Values of personal fields never enter a message.
"""

from pathlib import Path


class MoonlandingError(Exception):
    """The root: everything that this package raises on purpose."""


class SettingsError(MoonlandingError):
    """A setting that cannot be understood."""


class DeclarationError(MoonlandingError):
    """A declaration that contradicts the schema, the contract or itself."""


class RejectedValue(MoonlandingError):
    """A value that a transform refuses.

    `reason` is a short code in snake case (no value of the source in it).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SourceError(MoonlandingError):
    """Something is wrong with what is read."""


class NotAnExport(SourceError):
    """A directory that holds no managed export."""


class DamagedExport(SourceError):
    """An export whose bytes, counts or kinds are wrong; names the file and the offset."""

    def __init__(self, file: Path | str, what: str, *, offset: int | None = None) -> None:
        place = f"{file}" if offset is None else f"{file} at byte {offset}"
        super().__init__(f"{place}: {what}. Take the export again or restore the file.")
        self.file = str(file)
        self.offset = offset
        self.what = what


class WrongSystem(SourceError):
    """An export of another system than the one that was asked for."""


class LiveReadError(SourceError):
    """Live Firestore cannot be read, or what it gives is not what it counts."""


class AccessRefused(LiveReadError):
    """Firestore lets nobody in with these credentials, or there is no such database."""


class IncompleteRead(LiveReadError):
    """What was read is not what Firestore counts at the same read time, however often."""


class ReadTimeRefused(LiveReadError):
    """Firestore does not have the state of that read time, or no longer has it."""


class SnapshotError(SourceError):
    """A snapshot that is missing, unfinished or changed since it was taken."""


class EngineError(MoonlandingError):
    """The engine that was chosen cannot convert documents."""


class EngineMissing(EngineError):
    """A package or program that the engine needs is not on this machine; says how it comes."""


class EngineFailed(EngineError):
    """The engine began and did not end well; names it, where it works and the kind of failure."""


class StageError(MoonlandingError):
    """A stage file that is missing or does not fit its table."""


class BenchFailed(MoonlandingError):
    """What was to be measured did not do its work: there is no figure."""


class PhaseError(MoonlandingError):
    """A phase of the migration cannot start, go on or end."""


class GateClosed(PhaseError):
    """Evidence is missing, stale or foreign; names it and the command that makes it."""


class SignOffRefused(PhaseError):
    """There is nothing to sign, or the log of signatures was changed."""


class RollbackFailed(PhaseError):
    """After going back, the database was not the one that it should be."""


class ArchiveRefused(PhaseError):
    """An archive that is damaged, was not restored and compared, or cannot be made."""


class ParallelError(MoonlandingError):
    """The old systems and the new one cannot go on side by side."""


class TransitionRefused(ParallelError):
    """A change of state that is not in the table, or whose evidence is not there."""


class StateMoved(ParallelError):
    """Somebody else changed the state first; read it again."""


class StepFailed(ParallelError):
    """A step of the switch did not do what it should within its time."""


class SwitchAborted(ParallelError):
    """A switch was undone before its journal: the side that wrote before writes again."""


class SyncError(ParallelError):
    """The sync cannot go on; what it was given is kept, nothing is half written."""


class ServiceRefused(ParallelError):
    """A service that runs already, did not start, or does not end."""


class LoadError(MoonlandingError):
    """The target cannot be written."""


class BackupRefused(LoadError):
    """A backup that is damaged, unfinished, or of another database."""


class TargetBusy(LoadError):
    """Another migrator holds the lease of the database."""


class StepRefused(LoadError):
    """A step whose run is not the one at work here, or has other code or settings."""


class TargetRefused(LoadError):
    """An existing database that cannot be migrated into."""


class PlanChanged(LoadError):
    """A run would do something else than the plan that was asked for."""


class NoSpace(LoadError):
    """The disk is too small for what is to be written."""


class BrokenDatabase(LoadError):
    """A database that fails its own integrity or foreign-key check."""
