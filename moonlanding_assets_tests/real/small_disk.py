"""A disk of its own for a directory, as small as a test wants, and a user whom modes bind.

Holds no expectation. Needs root and the right to mount: where that is missing the test is skipped
with the reason.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_KIB = 1_024
_ROOMY_KIB = 400 * _KIB
_DROP_BOUND = 24  # prctl's PR_CAPBSET_DROP
_PAST_MODES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory, mounted where a directory was; its content is kept."""

    directory: Path

    def leave_free(self, kib: int) -> None:
        """Make it so small that only this much is free."""
        used = shutil.disk_usage(self.directory).used // _KIB
        _done("mount", "-o", f"remount,size={used + kib}k", str(self.directory))

    def make_room(self) -> None:
        """Make it large again."""
        _done("mount", "-o", f"remount,size={_ROOMY_KIB}k", str(self.directory))


@contextmanager
def small_disk(directory: Path) -> Iterator[SmallDisk]:
    """Put the directory, with what is in it, on a file system of its own."""
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory.with_name(f"{directory.name}-kept")
    shutil.copytree(directory, kept)
    said = _mounted(directory)
    if said:
        pytest.skip(f"no file system can be mounted here: {said}")
    try:
        shutil.copytree(kept, directory, dirs_exist_ok=True)
        shutil.rmtree(kept)
        yield SmallDisk(directory)
    finally:
        _done("umount", str(directory))


def _mounted(directory: Path) -> str:
    """Why nothing could be mounted; "" when it was."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return "that needs root and mount"
    words = ["mount", "-t", "tmpfs", "-o", f"size={_ROOMY_KIB}k", "tmpfs", str(directory)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stderr.strip()


def _done(*words: str) -> None:
    subprocess.run(words, capture_output=True, check=True)


def bound_by_modes() -> None:
    """Before a command starts: root heeds the modes of files too, as every other user does."""
    if os.geteuid() != 0:
        return
    system = ctypes.CDLL(None, use_errno=True)
    for capability in _PAST_MODES:
        if system.prctl(_DROP_BOUND, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the bounding set cannot be changed")
