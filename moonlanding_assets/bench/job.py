"""What one measured piece of work is given and gives back. Holds no work and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from moonlanding_assets.settings import SYSTEMS, Layout, Settings
from moonlanding_assets.source.snapshot import Snapshot

WHOLE = "100%"
# A step of the whole job; something measured for itself; what a stage could not be quicker than; a
# whole job; another program that does some of it.
Kind = Literal["step", "alone", "floor", "job", "peer"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """Settings of the measured data directory; `scratch`: a directory that is thrown away."""

    settings: Settings
    scratch: Path

    @property
    def layout(self) -> Layout:
        """Where the files of the measured data directory are."""
        return self.settings.layout

    def snapshots(self) -> dict[str, Snapshot]:
        """Both snapshots, measured by size only."""
        return {
            one: Snapshot.open(self.layout.snapshot(one), with_contents=False) for one in SYSTEMS
        }


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done. `seconds`: where not all of the work counts, how long the part that does.

    `parts`: seconds of steps inside it, by name.
    """

    documents: int
    rows: int = 0
    seconds: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One piece of work that is measured in a process of its own.

    `room`, `call`, `given`: the module of bench/, its function, and what that gets besides the job.
    `workers`: how many processes it may use, 0: as the settings. `home`: which data directory it
    works in. `is_from_start`: timed with its process around it.
    """

    name: str
    title: str
    room: str
    call: str
    given: tuple[str, ...] = ()
    workers: int = 0
    kind: Kind = "step"
    home: str = "stages"
    is_from_start: bool = False
