"""An archive of both old systems: made, restored into the official emulator, compared, sealed."""

import json
import sqlite3
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from moonlanding_assets.cutover.archive.file import Archive, find_archive, find_archives, verify
from moonlanding_assets.cutover.archive.making import Contents, make_archive
from moonlanding_assets.cutover.archive.restoring import read_restoration, restore_and_compare
from moonlanding_assets.cutover.archive.sealing import archive_evidence, detach_ledger, seal
from moonlanding_assets.cutover.signoff import sign
from moonlanding_assets.errors import ArchiveRefused, TargetRefused
from moonlanding_assets.load.digest import table_digests
from moonlanding_assets.progress import Progress, Silent
from moonlanding_assets.schema.catalogue import MIGRATION_TABLES, metadata
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets_tests.emulator import FirestoreEmulator, running
from moonlanding_assets_tests.live_kit import SECRET, friday, live_of, mwr, put, take_live
from moonlanding_assets_tests.real.command import moonlanding

RULES = "service cloud.firestore {}\n"
LEDGER = {one.name for one in MIGRATION_TABLES}


@pytest.fixture(scope="module")
def empty(
    emulator: FirestoreEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FirestoreEmulator]:
    """A second emulator, with nothing in the projects of any layout."""
    del emulator  # its absence skips
    with running(tmp_path_factory.mktemp("second") / "log.txt") as started:
        yield started


@pytest.fixture
def layout(emulator: FirestoreEmulator, tmp_path: Path) -> Layout:
    """Snapshots of both systems, a database with a ledger, a signature."""
    name = f"demo-{uuid.uuid4().hex[:12]}"
    put(emulator.address, f"{name}-friday", friday(f"{name}-friday", size=6))
    put(emulator.address, f"{name}-mwr", mwr(size=6))
    found = Layout(data=tmp_path / "data")
    for system in ("friday", "mwr"):
        take_live(system, live_of(emulator.address, name), found.data / "snapshot")
    engine = sqlalchemy.create_engine(f"sqlite:///{found.database('100%')}")
    metadata().create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(found.database("100%"))) as connection, connection:
        connection.execute("INSERT INTO migration_run VALUES ('firm', 'one')")
    sign(found, phase="3.7", evidence="e" * 64, by="A. Engineer")
    (tmp_path / "firestore.rules").write_text(RULES)
    return found


def made(layout: Layout, *, is_with_ledger: bool = False) -> Archive:
    """The archive of what the layout holds."""
    contents = Contents(
        snapshots=layout.data / "snapshot",
        rules=(layout.data.parent / "firestore.rules",),
        is_with_ledger=is_with_ledger,
    )
    return make_archive(layout, contents, progress=Silent())


@contextmanager
def unwatched(title: str, documents: int) -> Iterator[Progress]:
    """Nobody watches."""
    del title, documents
    yield Silent()


def test_what_is_archived_comes_back_document_by_document(
    layout: Layout, empty: FirestoreEmulator
) -> None:
    archive = made(layout, is_with_ledger=True)
    assert archive_evidence(layout) == {
        "archive": archive.manifest.seal,
        "archive_of_this_soak": False,
        "archive_sealed": False,
    }
    with pytest.raises(ArchiveRefused, match="was not restored yet"):
        seal(layout, archive, by="A. Engineer")

    done = restore_and_compare(archive, empty.address, work=unwatched)
    assert done.is_equal
    assert {name: one.digest for name, one in done.systems.items()} == {
        name: one.digest for name, one in archive.manifest.systems.items()
    }
    assert sum(one.documents for one in done.systems.values()) > 50
    assert read_restoration(archive) == done

    with pytest.raises(ArchiveRefused, match="is not sealed"):
        detach_ledger(layout, archive)
    sealed = seal(layout, archive, by="A. Engineer")
    assert seal(layout, archive, by="B. Engineer") == sealed  # the first one stays
    assert archive_evidence(layout) == {
        "archive": archive.manifest.seal,
        "archive_of_this_soak": False,
        "archive_sealed": True,
        "archive_restored_equal": True,
    }

    before = table_digests(layout.database("100%"))
    detach_ledger(layout, archive)
    after = table_digests(layout.database("100%"))
    assert {name for name, line in after.items() if line != before[name]} == LEDGER
    assert {after[name] for name in LEDGER} == {"absent"}
    with pytest.raises(TargetRefused, match="was taken out"):
        made(layout, is_with_ledger=True)


def test_it_holds_rules_records_and_credentials_and_no_secret(layout: Layout) -> None:
    archive = made(layout)
    with archive.opened() as opened:
        contents = {name: opened.read(name) for name in opened.namelist()}
    assert contents["rules/firestore.rules"].decode() == RULES
    assert json.loads(contents["records/signoffs.jsonl"])["phase"] == "3.7"
    assert "`mwr/apis` (4 documents)" in contents["credentials-to-revoke.md"].decode()
    assert "`friday/settings.keys`" in contents["credentials-to-revoke.md"].decode()
    assert all(SECRET.encode() not in content for content in contents.values())
    assert archive.file.stat().st_mode & 0o777 == 0o400
    assert [one.manifest for one in find_archives(layout)] == [archive.manifest]


def test_a_document_that_came_back_another_is_found(
    layout: Layout, empty: FirestoreEmulator
) -> None:
    archive = made(layout)
    one = archive.manifest.systems["mwr"]
    home = Home(project=one.project, database=one.database, emulator=empty.address)

    @contextmanager
    def harmed(title: str, documents: int) -> Iterator[Progress]:
        del documents
        yield Silent()
        if title == "restore mwr":  # somebody writes before it is read back
            put(empty.address, home.project, mwr(size=5))

    done = restore_and_compare(archive, empty.address, work=harmed)
    assert not done.is_equal
    assert done.systems["friday"].differing == ()
    assert set(done.systems["mwr"].differing) >= {"mwr/users", "mwr/reviews", "mwr/reviews_chat"}
    assert archive_evidence(layout)["archive_restored_equal"] is False
    with pytest.raises(ArchiveRefused, match="came back with other documents in mwr/"):
        seal(layout, archive, by="A. Engineer")


def test_only_an_empty_emulator_is_restored_into(
    layout: Layout, emulator: FirestoreEmulator
) -> None:
    archive = made(layout)  # the emulator that it was read from still holds everything
    with pytest.raises(ArchiveRefused, match=r"holds \d+ documents; .* an empty one"):
        restore_and_compare(archive, emulator.address, work=unwatched)


def test_a_changed_byte_is_found(layout: Layout) -> None:
    archive = made(layout)
    content = bytearray(archive.file.read_bytes())
    content[len(content) // 3] ^= 1
    archive.file.chmod(0o600)
    archive.file.write_bytes(content)
    with pytest.raises(ArchiveRefused, match=r"is not what was archived|cannot be read"):
        verify(archive)
    with pytest.raises(ArchiveRefused, match=r"make another one|The archive was changed"):
        restore_and_compare(archive, "127.0.0.1:1", work=unwatched)


def test_a_manifest_that_was_changed_is_refused(layout: Layout) -> None:
    archive = made(layout)
    with archive.opened() as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    members["manifest.json"] = members["manifest.json"].replace(b'"mwr/', b'"mwr_')
    members["manifest.json"] = members["manifest.json"].replace(b'"documents": ', b'"documents": 1')
    archive.file.chmod(0o600)
    with zipfile.ZipFile(archive.file, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    with pytest.raises(ArchiveRefused, match="its manifest cannot be trusted"):
        find_archive(layout, None)


def test_rules_are_named_or_their_absence_explained(layout: Layout) -> None:
    with pytest.raises(ArchiveRefused, match="--no-rules why there are none"):
        Contents(snapshots=layout.data / "snapshot")
    with pytest.raises(ArchiveRefused, match="holds no archive 7"):
        find_archive(layout, 7)


def test_the_verbs_go_from_live_systems_to_a_seal(
    layout: Layout, emulator: FirestoreEmulator, empty: FirestoreEmulator
) -> None:
    live = {
        "FIRESTORE_EMULATOR_HOST": emulator.address,
        "MOONLANDING_FRIDAY_PROJECT": project(layout, "friday"),
        "MOONLANDING_MWR_PROJECT": project(layout, "mwr"),
    }
    rules = str(layout.data.parent / "firestore.rules")
    make = ("archive", "make", "--live", "--rules", rules, "--with-ledger")
    first = moonlanding(layout.data, *make, "--json", extra=live)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["restored"] is None
    whole = moonlanding(layout.data, "archive", "verify", "--json")
    assert json.loads(whole.stdout) == json.loads(first.stdout)
    listed = moonlanding(layout.data, "archive", "list").stdout
    assert "not restored yet: nobody may rely on it" in listed
    early = moonlanding(layout.data, "archive", "seal", "--by", "A. Engineer")
    assert early.returncode != 0
    assert "moonlanding archive restore 1 --emulator HOST:PORT" in early.stderr
    restore = ("archive", "restore", "--emulator", empty.address, "--json")
    restored = moonlanding(layout.data, *restore)
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["is_equal"] is True
    sealed = moonlanding(layout.data, "archive", "seal", "--by", "A. Engineer", "--json")
    (said,) = json.loads(moonlanding(layout.data, "archive", "list", "--json").stdout)
    assert json.loads(sealed.stdout)["seal"] == said["sealed"]["seal"] == said["restored"]["seal"]
    out = moonlanding(layout.data, "archive", "detach-ledger", "--yes", "--json")
    assert json.loads(out.stdout)["freed_bytes"] > 0, out.stderr
    assert [one.name for one in layout.archives.iterdir() if one.name[0] == "."] == []


def project(layout: Layout, system: str) -> str:
    """The project that the system's snapshot was read from."""
    content = json.loads((layout.snapshot(system) / "manifest.json").read_text())
    found: str = content["source"]["project"]
    return found
