"""The command line as a person starts it: a process of its own, in a directory of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

SCALE = "800"


def moonlanding(
    data: Path, *arguments: str, extra: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run `moonlanding` to its end; no DAGSTER_HOME, not in the project's directory."""
    return subprocess.run(
        command(data, *arguments),
        cwd=data.parent,
        env={**environment(), **extra},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def command(data: Path, *arguments: str) -> list[str]:
    """The words of the call."""
    return [sys.executable, "-m", "moonlanding_assets.cli", "--data", str(data), *arguments]


def environment() -> dict[str, str]:
    """The environment without what would hide that a person has not set it."""
    hidden = ("DAGSTER_HOME", "MOONLANDING_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
