"""The one pass of the accounts: the same in one process and in several, in pieces of any size."""

from pathlib import Path

import pytest

from moonlanding_assets.contract.suggest import suggest
from moonlanding_assets.proof import accounts, raw
from moonlanding_assets.proof.accounts import account, check_ledger
from moonlanding_assets.proof.unknown import Search, find_unknown
from moonlanding_assets_tests.migrating import firm, i, m, migrate, s, write_sources

Sources = dict[str, Path]


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sources]:
    """A migrated firm, and sources with more than it was made from: findings and unknown things."""
    directory = tmp_path_factory.mktemp("accounts")
    database = migrate(write_sources(directory / "sources", firm()), directory)
    documents = firm()
    for number in range(7):
        path = f"friday/teams/list/more{number}"
        documents.setdefault("friday/teams", {})[path] = {
            "name": i(number), "odd": m(depth=s("x"), **{f"key{number}": i(1)}),
        }  # fmt: skip
    return database, write_sources(directory / "more", documents)


@pytest.mark.parametrize("workers", [1, 2])
def test_pieces_and_processes_change_nothing(
    strange: tuple[Path, Sources], monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    database, sources = strange
    whole, unknown = account(database, sources, workers=1)
    monkeypatch.setattr(raw, "PIECE_DOCUMENTS", 1)
    monkeypatch.setattr(raw, "BATCH_DOCUMENTS", 2)
    monkeypatch.setattr(accounts, "SMALL_DOCUMENTS", 0)
    again, unknown_again = account(database, sources, workers=workers)
    assert again == whole == check_ledger(database, sources)
    assert [one[0] for one in whole.findings].count("not_in_ledger") == 7
    assert unknown_again == unknown == find_unknown(sources)
    assert suggest(unknown_again) == suggest(unknown) == suggest(find_unknown(sources))
    assert {one.what for one in unknown} >= {"field", "kind"}


def test_what_two_searches_saw_is_what_one_sees(strange: tuple[Path, Sources]) -> None:
    batch = [
        one
        for piece in raw.pieces_of({"friday/teams": strange[1]["friday/teams"]})
        for documents in raw.batches_of(piece)
        for one in documents
    ]
    alone, first, second = (Search("friday/teams") for _ in range(3))
    alone.see(batch)
    first.see(batch[:3])
    second.see(batch[3:])
    first.add(second)
    assert first.seen == alone.seen
    assert first.seen
