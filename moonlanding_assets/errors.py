"""The exception tree: what can stop a run. Bad data is not here: it is quarantined or a finding.

MoonlandingError
├── SettingsError            a setting that cannot be understood
├── DeclarationError         a contract, schema or mapping that contradicts itself (at import)
├── RejectedValue            a transform refuses one value (becomes residue or quarantine)
├── SourceError
│   ├── NotAnExport          the directory holds no managed export
│   ├── DamagedExport        an export whose bytes or counts are wrong
│   ├── WrongSystem          an export of the other system
│   └── SnapshotError        a snapshot that is missing, unfinished or changed
├── StageError               a stage file that is missing or does not fit its table
└── LoadError
    ├── TargetBusy           another migrator holds the lease
    ├── TargetRefused        an existing database that cannot be migrated into
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


class SnapshotError(SourceError):
    """A snapshot that is missing, unfinished or changed since it was taken."""


class StageError(MoonlandingError):
    """A stage file that is missing or does not fit its table."""


class LoadError(MoonlandingError):
    """The target cannot be written."""


class TargetBusy(LoadError):
    """Another migrator holds the lease of the database."""


class TargetRefused(LoadError):
    """An existing database that cannot be migrated into."""


class NoSpace(LoadError):
    """The disk is too small for what is to be written."""


class BrokenDatabase(LoadError):
    """A database that fails its own integrity or foreign-key check."""
