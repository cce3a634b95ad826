"""The lease and the publish step, with real processes, real locks and real SIGKILL."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from moonlanding_assets.errors import BrokenDatabase, LoadError, TargetBusy, TargetRefused
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.publish import Lease, candidate_path, clean_leftovers, publish
from moonlanding_assets_tests.stages import firm, selected, write_stage

CHILD = """
import os, signal, sqlite3, sys
from pathlib import Path
database = Path(sys.argv[1])
"""


def make(path: Path, text: str, journal: str = "DELETE") -> Path:
    """A small database whose one row says which one it is."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE which (name TEXT)")
        connection.execute("INSERT INTO which VALUES (?)", (text,))
    return path


def which(database: Path) -> str:
    assert selected(database, "PRAGMA integrity_check") == [("ok",)]
    return str(selected(database, "SELECT name FROM which")[0][0])


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A child that runs until the block ends; it is killed then, as by kill -9."""
    command = [sys.executable, "-c", CHILD + script, *(str(one) for one in arguments)]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def heard(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def told(child: subprocess.Popen[str], word: str) -> str:
    assert child.stdin is not None
    child.stdin.write(word + "\n")
    return heard(child)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


def test_publish_without_an_old_database(database: Path) -> None:
    candidate = make(candidate_path(database), "new")
    os.chmod(candidate, 0o600)
    publish(candidate, database)
    assert which(database) == "new"
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert [one.name for one in database.parent.iterdir()] == ["app.db"]


def test_what_is_unfinished_is_not_published(database: Path, tmp_path: Path) -> None:
    make(database, "old")
    with pytest.raises(BrokenDatabase, match="no candidate"):
        publish(candidate_path(database), database)
    candidate = make(candidate_path(database), "new")
    Path(f"{candidate}-wal").write_bytes(b"frames")
    with pytest.raises(BrokenDatabase, match="-wal"):
        publish(candidate, database)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(TargetRefused, match="directory"):
        publish(make(tmp_path / "elsewhere" / "candidate", "new"), database)
    assert which(database) == "old"


def test_what_is_no_database_is_not_replaced(database: Path) -> None:
    database.write_text("people keep strange things " * 100)
    before = database.read_bytes()
    with pytest.raises(TargetRefused):
        publish(make(candidate_path(database), "new"), database)
    assert database.read_bytes() == before


HOLD = """
from moonlanding_assets.load.publish import Lease
with Lease(database):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_second_migrator_is_refused_and_told_who_holds_the_lease(database: Path) -> None:
    with process(HOLD, database) as child:
        assert heard(child) == "held"
        with pytest.raises(TargetBusy, match=f"process {child.pid} "), Lease(database):
            pass
    lease = Path(f"{database}.lease")
    assert stat.S_IMODE(lease.stat().st_mode) == 0o600
    with Lease(database) as held:  # the child was killed: its lease ended with it
        assert held.is_held
        with pytest.raises(TargetBusy, match=str(os.getpid())), Lease(database):
            pass
    assert not held.is_held
    with Lease(database):
        assert lease.read_text() == f"{os.getpid()}\n"


def test_leftovers_go_only_under_the_lease(database: Path) -> None:
    make(database, "old")
    parent = database.parent
    ours = [parent / f".app.db.candidate-99{end}" for end in ("", "-journal", "-wal")]
    others = [parent / name for name in (".app.db.candidate-x", ".other.db.candidate-7", "notes")]
    for path in (*ours, *others):
        path.write_text("left")
    lease = Lease(database)
    with pytest.raises(LoadError, match="lease"):
        clean_leftovers(lease)
    with lease:
        assert clean_leftovers(lease) == tuple(sorted(ours))
        assert clean_leftovers(lease) == ()
    assert all(path.exists() for path in (database, *others))


READ = """
connection = sqlite3.connect(database, isolation_level=None)
if sys.argv[2] == "transaction":
    connection.execute("BEGIN")
for _ in range(3):
    print(connection.execute("SELECT name FROM which").fetchone()[0], flush=True)
    sys.stdin.readline()
connection.close()
print("closed", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("manner", ["transaction", "idle"])
def test_a_running_reader_keeps_its_view(database: Path, journal: str, manner: str) -> None:
    make(database, "old", journal)
    with process(READ, database, manner) as child:
        assert heard(child) == "old"
        publish(make(candidate_path(database), "new"), database)
        assert which(database) == "new"
        assert told(child, "on") == "old"
        with closing(sqlite3.connect(database)) as writer:  # the application's next start
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute("INSERT INTO which VALUES ('more')")
            writer.commit()
            if journal == "WAL":  # its own -wal is open; a rollback reader would look for one
                assert told(child, "on") == "old"
                assert told(child, "close") == "closed"
            assert Path(f"{database}-wal").stat().st_size > 0
            assert selected(database, "SELECT count(*) FROM which") == [(2,)]
    assert which(database) == "new"
    assert selected(database, "SELECT count(*) FROM which") == [(2,)]


WRITE_AND_DIE = """
connection = sqlite3.connect(database, isolation_level=None)
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("CREATE TABLE more AS SELECT hex(randomblob(200)) AS x FROM"
    " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
    " SELECT i FROM n)")
connection.execute("UPDATE which SET name = 'old and written'")
if sys.argv[2] == "DELETE":
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN")
    connection.execute("UPDATE more SET x = 'half'")
print("written", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("journal", "side"), [("WAL", "-wal"), ("DELETE", "-journal")])
def test_what_a_killed_writer_left_never_reaches_the_new_file(
    database: Path, journal: str, side: str
) -> None:
    make(database, "old", journal)
    with process(WRITE_AND_DIE, database, journal) as child:
        assert heard(child) == "written"
        child.wait()
    assert Path(f"{database}{side}").stat().st_size > 0
    publish(make(candidate_path(database), "new"), database)
    assert which(database) == "new"
    assert selected(database, "SELECT count(*) FROM sqlite_master") == [(1,)]
    assert [one.name for one in database.parent.iterdir()] == ["app.db"]


def test_a_wal_without_its_database_never_reaches_the_new_file(database: Path) -> None:
    make(database, "old", "WAL")
    with process(WRITE_AND_DIE, database, "WAL") as child:
        assert heard(child) == "written"
        child.wait()
    database.unlink()
    publish(make(candidate_path(database), "new"), database)
    assert which(database) == "new"


HOLD_OPEN = """
connection = sqlite3.connect(database, isolation_level=None)
connection.execute("BEGIN IMMEDIATE" if sys.argv[2] == "writer" else "BEGIN")
connection.execute("SELECT * FROM which").fetchall()
print("open", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize(("who", "message"), [("writer", "a writer"), ("reader", "a reader")])
def test_writers_and_readers_of_an_older_view_are_waited_for_then_named(
    database: Path, who: str, message: str
) -> None:
    make(database, "old", "WAL")
    with process(HOLD_OPEN, database, who) as child:
        assert heard(child) == "open"
        if who == "reader":
            with closing(sqlite3.connect(database)) as connection, connection:
                connection.execute("UPDATE which SET name = 'newer'")
        candidate = make(candidate_path(database), "new")
        with pytest.raises(TargetBusy, match=message):
            publish(candidate, database, wait_seconds=0.1)
    assert which(database) == ("old" if who == "writer" else "newer")
    publish(candidate, database)
    assert which(database) == "new"


# A child that kills itself just before the k-th call of the operating system that Python audits
# (connect, open, remove, rename), and a parent that asks for each k in turn.
KILLED = """
from moonlanding_assets.load.publish import Lease, publish
candidate, kill_at, seen = Path(sys.argv[2]), int(sys.argv[3]), 0
def hook(event, arguments):
    global seen
    if event in ("open", "os.remove", "os.rename", "sqlite3.connect"):
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
with Lease(database):
    sys.addaudithook(hook)
    publish(candidate, database)
print("published", flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_killed_at_any_step_the_old_or_the_new_database_is_whole(
    tmp_path: Path, journal: str
) -> None:
    outcomes = []
    for kill_at in range(1, 40):
        directory = tmp_path / str(kill_at)
        directory.mkdir()
        database = make(directory / "app.db", "old", journal)
        with process(WRITE_AND_DIE, database, journal) as writer:
            assert heard(writer) == "written"
            writer.wait()
        candidate = make(candidate_path(database), "new")
        with process(KILLED, database, candidate, kill_at) as child:
            is_published = heard(child) == "published"
            assert is_published or child.wait() == -signal.SIGKILL
        outcomes.append(which(database))
        if outcomes[-1] == "old and written":
            assert selected(database, "SELECT count(*) FROM more WHERE x <> 'half'") == [(500,)]
        with Lease(database) as lease:
            clean_leftovers(lease)
        if is_published:
            break
    assert is_published
    assert set(outcomes) == {"old and written", "new"}
    assert outcomes == sorted(outcomes, reverse=True)  # once new, always new
    assert len(outcomes) >= 8


BUILT = """
from moonlanding_assets.load.publish import Lease, candidate_path, clean_leftovers, publish
from moonlanding_assets.load.target import build_candidate
stage = {one.stem: one for one in Path(sys.argv[2]).iterdir()}
print("starts", flush=True)
with Lease(database) as lease:
    clean_leftovers(lease)
    build_candidate(stage, candidate_path(database), run={"turn": sys.argv[3]})
    publish(candidate_path(database), database)
print("published", flush=True)
"""


def test_a_build_killed_at_any_time_leaves_the_last_database(tmp_path: Path) -> None:
    rows = [{"id": f"{n:06}", "entity_type": "x" * 40} for n in range(8_000)]
    stage = write_stage(tmp_path / "stage", {**firm(), "audit_logs": rows})["client"].parent
    database = tmp_path / "app.db"
    with process(BUILT, database, stage, "first") as child:
        assert heard(child) == "starts"
        started = time.monotonic()
        assert heard(child) == "published"
        whole_seconds = time.monotonic() - started
    first = logical_digest(database)
    for turn in range(5):
        with process(BUILT, database, stage, "first") as child:
            assert heard(child) == "starts"
            with suppress(subprocess.TimeoutExpired):
                child.wait(whole_seconds * turn / 5)
        assert selected(database, "PRAGMA integrity_check") == [("ok",)]
        assert logical_digest(database) == first
    with process(BUILT, database, stage, "last") as child:
        assert [heard(child), heard(child)] == ["starts", "published"]
    assert selected(database, "SELECT value FROM migration_run") == [("last",)]
    assert {one.name for one in tmp_path.iterdir()} == {"app.db", "app.db.lease", "stage"}
