"""The fence of those who speak straight to Firestore: the firm's rules and IAM commands, run.

Only where $MOONLANDING_FENCE_DIR names the directory that `gateway fence-rules --out` wrote and a
person has read; else a person runs them, and says so. Before an emulator nobody passes the gateway
by. Proved by a canary write that must be refused. Undo: `lift`. Holds no command of its own.
"""

import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import orjson

from moonlanding_assets.errors import SettingsError, StepFailed
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.settings import SYSTEMS, Layout, Settings

FILE = "fence.json"
LIFT = "moonlanding cutover fence --by NAME --lift"
COMMAND_SECONDS = 900.0
Kind = Literal["commands", "by hand"]


@dataclass(frozen=True, kw_only=True)
class DirectFence:
    """That it is up: by whom, since when, how. refused: system → whether its canary was refused."""

    kind: Kind
    by: str
    at: str
    refused: dict[str, bool] = field(default_factory=dict)

    @property
    def is_proved(self) -> bool:
        """Of commands: every canary was refused. By hand it is the word of who is named."""
        return self.kind == "by hand" or all(self.refused.get(one) for one in SYSTEMS)


def read_direct_fence(layout: Layout) -> DirectFence | None:
    """What was noted; None while it is down."""
    try:
        return DirectFence(**orjson.loads((layout.parallel / FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def still_fenced(layout: Layout, *, before: str = "") -> str:
    """What is left to do about it where the old side writes again, after `before`; "" if nothing.

    A note says that it was begun, so it may be up: also after a kill, or a canary that got through.
    """
    if read_direct_fence(layout) is None:
        return ""
    return f"{before}Clients of Firestore may be fenced still: `{LIFT}` gives writing back"


def raise_fence(settings: Settings, *, by: str) -> DirectFence:
    """Run the commands of both systems, then their canaries; raises StepFailed, SettingsError.

    Noted before the first command, so that a kill in the middle leaves a fence that is known.
    """
    directory = _directory(settings)
    _note(settings.layout, DirectFence(kind="commands", by=by, at=utc_now()))
    for system in SYSTEMS:
        _run(directory, f"{system}.fence.sh")
    refused = {system: _is_refused(directory, system) for system in SYSTEMS}
    done = DirectFence(kind="commands", by=by, at=utc_now(), refused=refused)
    _note(settings.layout, done)
    if not done.is_proved:
        taken = ", ".join(system for system, is_refused in refused.items() if not is_refused)
        raise StepFailed(f"the canary write straight into Firestore was not refused: {taken}")
    return done


def note_by_hand(layout: Layout, *, by: str) -> DirectFence:
    """Somebody ran the commands and says so."""
    done = DirectFence(kind="by hand", by=by, at=utc_now())
    _note(layout, done)
    return done


def lift(settings: Settings) -> None:
    """Give writing back: the commands of both systems; the note goes when they have succeeded."""
    found = read_direct_fence(settings.layout)
    if found is not None and found.kind == "commands":
        directory = _directory(settings)
        for system in SYSTEMS:
            _run(directory, f"{system}.unfence.sh")
    (settings.layout.parallel / FILE).unlink(missing_ok=True)


def proved_now(settings: Settings) -> tuple[bool, str]:
    """Whether those who bypass the gateway are fenced, asked anew; and in words."""
    if settings.live.emulator:
        return True, "an emulator: only the gateway writes"
    found = read_direct_fence(settings.layout)
    if found is None:
        return False, "not fenced"
    if found.kind == "by hand":
        return True, f"by hand, says {found.by}, {found.at}"
    directory = _directory(settings)
    taken = [system for system in SYSTEMS if not _is_refused(directory, system)]
    return not taken, f"a canary was taken: {', '.join(taken)}" if taken else "canaries refused"


def _directory(settings: Settings) -> Path:
    directory = settings.fence_directory
    if directory is None:
        raise SettingsError(
            "no command is carried out unless $MOONLANDING_FENCE_DIR names the directory of "
            "`moonlanding gateway fence-rules --out DIR`, read by a person"
        )
    return directory


def _run(directory: Path, script: str) -> None:
    """Its output stays beside it: it may name members."""
    if not (directory / script).is_file():
        raise SettingsError(f"{directory / script}: is not there; `gateway fence-rules` writes it")
    with (directory / f"{script}.log").open("ab") as log:
        code = _called(directory, script, log.fileno())
    if code != 0:
        raise StepFailed(f"{script} ended with {code}: see {directory / script}.log")


def _is_refused(directory: Path, system: str) -> bool:
    """The canary's script ends with 0 when the write was refused."""
    if not (directory / f"{system}.canary.sh").is_file():
        return False
    return _called(directory, f"{system}.canary.sh", subprocess.DEVNULL) == 0


def _called(directory: Path, script: str, output: int) -> int:
    try:
        return subprocess.run(  # noqa: S603  the firm's own script, in the directory it named
            ["/bin/sh", script], cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS, check=False,
        ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        raise StepFailed(f"{script} has not ended within {COMMAND_SECONDS:g} s") from None


def _note(layout: Layout, fence: DirectFence) -> None:
    put_in_place(layout.parallel / FILE, orjson.dumps(asdict(fence)))
