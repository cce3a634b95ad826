"""Fixtures of the tests that use the real things: a finished demo, the official emulator."""

import fcntl
import os
import shutil
from collections.abc import Iterator

import pytest

from moonlanding_assets.settings import Layout
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.real.command import SCALE, moonlanding
from moonlanding_assets_tests.real.parts import require


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[official.FirestoreEmulator]:
    """The emulator, one for a file; a project of its own isolates each test.

    Not one for all files: it keeps every document of every project in memory, and a heap that is
    nearly full makes it answer late or, to those who listen, not at all.

    Where it is missing the test is skipped with the reason, but fails when CI=true.
    """
    require(official.what_is_missing())
    with official.running(tmp_path_factory.mktemp("emulator") / "log.txt") as started:
        yield started


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, str]:
    """A finished demo, and what it printed. Made once for all workers, each of which has a copy."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    said = shared / "demo.txt"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            ended = moonlanding(shared / "demo", "demo", "--scale", SCALE)
            assert ended.returncode == 0, ended.stderr
            said.write_text(ended.stdout)
    data = tmp_path_factory.mktemp("whole") / "data"
    shutil.copytree(shared / "demo", data)
    return Layout(data=data), said.read_text()
