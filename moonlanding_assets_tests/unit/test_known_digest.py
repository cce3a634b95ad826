"""A digest that is remembered is that of the very same bytes, and of a file at rest."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.load import known_digest as subject
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.known_digest import known_digest, remember
from moonlanding_assets.load.published import note_published
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets_tests.stages import firm, write_stage


@pytest.fixture
def database(tmp_path: Path) -> Path:
    candidate = tmp_path / "candidate.db"
    build_candidate(write_stage(tmp_path / "stage", firm()), candidate, run={"seed": "7"})
    return candidate


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The databases whose rows were read."""
    files: list[Path] = []

    def counted(database: Path) -> str:
        files.append(database)
        return logical_digest(database)

    monkeypatch.setattr(subject, "_KNOWN", {})
    monkeypatch.setattr(subject, "logical_digest", counted)
    return files


def rename(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE client SET name = 'Birch'")


def test_the_same_bytes_are_read_once_wherever_they_lie(
    database: Path, read: list[Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copy(database, tmp_path / "copy.db"))
    assert known_digest(database) == known_digest(copy) == logical_digest(copy)
    assert read == [database]


def test_another_byte_is_another_file(database: Path, read: list[Path]) -> None:
    before = known_digest(database)
    rename(database)
    assert known_digest(database) == logical_digest(database) != before
    assert read == [database, database]


def test_what_sqlite_keeps_beside_the_file_counts(database: Path, read: list[Path]) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    before = logical_digest(database)
    remember(file_sha256(database), before)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE client SET name = 'Birch'")
        connection.commit()
        assert subject._KNOWN.keys() == {file_sha256(database)}  # its own bytes are as they were
        assert known_digest(database) == logical_digest(database) != before
    assert read == [database]


def test_the_digest_that_is_noted_is_that_of_the_file_with_the_note(
    database: Path, read: list[Path]
) -> None:
    noted = note_published(database)
    assert known_digest(database) == noted == logical_digest(database)
    assert read == []
    remember(file_sha256(database), "of somebody")
    assert known_digest(database) == "of somebody"
