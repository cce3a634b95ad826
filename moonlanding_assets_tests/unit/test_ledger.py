"""The ledger check on a real database, whole and with every fault that it must see."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import LoadError
from moonlanding_assets.proof.accounts import check_ledger
from moonlanding_assets.proof.ledger import LedgerReport, leaves_in
from moonlanding_assets_tests.migrating import a, firm, i, m, migrate, s, write_sources

Sources = dict[str, Path]
Made = tuple[Path, Sources]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    directory = tmp_path_factory.mktemp("ledger")
    sources = write_sources(directory / "sources", firm())
    return migrate(sources, directory), sources


@pytest.fixture
def forged(made: Made, tmp_path: Path) -> Callable[[str], LedgerReport]:
    def check(statement: str) -> LedgerReport:
        database = tmp_path / "forged.db"
        shutil.copy(made[0], database)
        with closing(sqlite3.connect(database)) as connection, connection:
            assert connection.execute(statement).rowcount > 0
        return check_ledger(database, made[1])

    return check


def test_a_whole_ledger_is_balanced(made: Made) -> None:
    report = check_ledger(*made)
    assert report.findings == ()
    assert report.is_balanced
    assert report.documents == 8
    by_key = {one.collection: one for one in report.collections}
    assert by_key["friday/users"].documents == (1, 0, 1, 0)
    assert by_key["mwr/users"].documents == (0, 1, 0, 0)
    assert by_key["friday/engagements_document"].documents == (0, 0, 0, 1)
    assert by_key["friday/?friday/things/list/{}"].documents == (0, 0, 1, 0)
    assert by_key["mwr/reviews"].leaves_read == sum(by_key["mwr/reviews"].leaves) == 9
    assert by_key["friday/clients"].read == 0


def test_no_documents_are_no_proof(made: Made, tmp_path: Path) -> None:
    empty = write_sources(tmp_path, {"friday/users": {}})
    database = Path(shutil.copy(made[0], tmp_path / "empty.db"))
    with closing(sqlite3.connect(database)) as connection, connection:
        for table in ("documents", "residue", "quarantine", "items", "user_merges"):
            connection.execute(f"DELETE FROM migration_{table}")
    report = check_ledger(database, empty)
    assert (report.finding_count, report.documents) == (0, 0)
    assert not report.is_balanced


E1 = "friday/engagements/list/e1"
U1 = "friday/users/list/u1"
FORGERIES = {
    "not_in_ledger": f"DELETE FROM migration_documents WHERE path = '{E1}'",
    "not_in_snapshot": "INSERT INTO migration_documents VALUES "
    "('friday/users/list/new', 'friday/users', 'loaded', '', NULL, NULL, 'x', 0, 0, 0, 0)",
    "unknown_outcome": f"UPDATE migration_documents SET outcome = 'lost' WHERE path = '{E1}'",
    "another_collection": "UPDATE migration_documents SET collection = 'mwr/users' "
    f"WHERE path = '{U1}'",
    "another_content": f"UPDATE migration_documents SET sha256 = 'ab' WHERE path = '{U1}'",
    "declared_by_nobody": "UPDATE migration_documents SET outcome = 'declared', row_id = NULL "
    f"WHERE path = '{U1}'",
    "leaves_miscounted": "UPDATE migration_documents SET leaves_mapped = leaves_mapped + 1, "
    f"leaves_residue = leaves_residue - 1 WHERE path = '{E1}'",
    "quarantined_without_reason": "DELETE FROM migration_quarantine WHERE locator = '' "
    "AND field = ''",
    "not_quarantined_but_listed": f"UPDATE migration_quarantine SET path = '{E1}' "
    "WHERE path = 'friday/users/list/u2' AND field = ''",
    "row_of_nobody": "UPDATE migration_documents SET row_id = 'x' WHERE outcome = 'quarantined'",
    "merge_unrecorded": "DELETE FROM migration_user_merges",
    "residue_of_nothing": "INSERT INTO migration_residue VALUES ('friday/x/y', '[]', 'form', NULL)",
    "quarantine_of_nothing": "INSERT INTO migration_quarantine VALUES ('friday/x/y', '', 'users', "
    "'email', 'not_an_email')",
    "item_of_nothing": "INSERT INTO migration_items VALUES ('flag', 'f', 'friday/x/y', 'f', '[]')",
    "no_such_table": "UPDATE migration_items SET table_name = 'nowhere'",
    "row_missing": f"UPDATE migration_documents SET row_id = 'x' WHERE path = '{E1}'",
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_ledger_is_seen(what: str, forged: Callable[[str], LedgerReport]) -> None:
    report = forged(FORGERIES[what])
    assert what in {finding for finding, _, _ in report.findings}
    assert not report.is_balanced


def test_counts_forged_together_with_the_residue_are_seen(
    forged: Callable[[str], LedgerReport],
) -> None:
    report = forged(f"DELETE FROM migration_residue WHERE path = '{E1}' AND reason = 'no_column'")
    assert ("leaves_miscounted", E1, "residue: ledger 2, found 1") in report.findings


def test_a_document_added_to_the_snapshot_is_missed(made: Made, tmp_path: Path) -> None:
    documents = firm()
    documents["friday/users"]["friday/users/list/u3"] = {"email": s("c@one.example")}
    report = check_ledger(made[0], write_sources(tmp_path, documents))
    assert report.findings == (("not_in_ledger", "friday/users/list/u3", "friday/users"),)
    users = report.collections[0]
    assert (users.read, sum(users.documents), users.is_balanced) == (3, 2, False)


def test_a_document_twice_in_the_snapshot_is_seen(made: Made, tmp_path: Path) -> None:
    documents = firm()
    documents["friday/teams"] = {U1: documents["friday/users"][U1]}
    report = check_ledger(made[0], write_sources(tmp_path, documents))
    assert ("twice_in_snapshot", U1, "friday/teams") in report.findings


def test_a_database_without_a_ledger_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="does not exist"):
        check_ledger(tmp_path / "no.db", {})
    with closing(sqlite3.connect(tmp_path / "plain.db")) as connection:
        connection.execute("CREATE TABLE users (id)")
    with pytest.raises(LoadError, match="holds no ledger"):
        check_ledger(tmp_path / "plain.db", {})


def test_leaves_are_scalars_and_empty_containers() -> None:
    assert leaves_in([]) == 0
    assert leaves_in([s(""), i(1), {"nullValue": None}, a(), m()]) == 5
    assert leaves_in([m(x=a(s("a"), m(y=i(1), z=a())))]) == 3
    deep = s("bottom")
    for _ in range(2000):
        deep = m(x=deep)
    assert leaves_in([deep]) == 1
