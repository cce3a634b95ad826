"""What opens a database once more leaves the locks of this process's other connections alone.

Closing any descriptor of a file drops the locks that SQLite holds on it in the process. Another
process then takes itself for the last one, and deletes the write-ahead log under the readers:
a gateway read "database disk image is malformed" that way, in the middle of a switch.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.cutover.soak.store import SoakStore, soak_file
from moonlanding_assets.parallel.gateway.documents import kept_open
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.settings import Layout

_WRITE_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
with connection:
    connection.execute("CREATE TABLE written (by)")
connection.close()
"""


def control(data: Path) -> Path:
    return Control(Layout(data=data).control).file


def soak(data: Path) -> Path:
    SoakStore(Layout(data=data)).close()
    return soak_file(Layout(data=data))


@pytest.mark.parametrize("opened", [control, soak])
def test_nobody_elses_close_is_the_last_one(opened: Callable[[Path], Path], tmp_path: Path) -> None:
    file = opened(tmp_path)
    log = Path(f"{file}-wal")
    with closing(kept_open(file)):
        opened(tmp_path)
        subprocess.run([sys.executable, "-c", _WRITE_AND_CLOSE, file], check=True, timeout=60)
        assert log.stat().st_size > 0
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT count(*) FROM written").fetchone() == (0,)
    assert not log.exists()
