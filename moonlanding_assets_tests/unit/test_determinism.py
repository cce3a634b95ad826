"""The same documents give the same stage, whatever their order, shards and number of workers."""

from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.normalize.shards import SMALL
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets_tests.bad_values import every_value_in_every_place
from moonlanding_assets_tests.handmade import staged, write_sources
from moonlanding_assets_tests.same_stage import require_same


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    """Every bad value in every place: many merges, placeholders and refusals."""
    return every_value_in_every_place()


@pytest.fixture(scope="module")
def plain(documents: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stage made by one worker from sorted documents."""
    directory = tmp_path_factory.mktemp("plain")
    staged(directory / "stage", write_sources(directory / "source", documents))
    return directory / "stage"


def test_two_workers_give_the_same(tmp_path: Path, documents: dict[str, Any], plain: Path) -> None:
    assert len(documents) > SMALL  # fewer would be converted in this process
    sources = write_sources(tmp_path / "source", documents)
    staged(tmp_path / "stage", sources, workers=2)
    require_same(tmp_path / "stage", plain)


@pytest.mark.parametrize(("row_group", "seed"), [(7, 1), (1_000, 2)])
def test_other_orders_and_shards_give_the_same(
    tmp_path: Path, documents: dict[str, Any], plain: Path, row_group: int, seed: int
) -> None:
    sources = write_sources(tmp_path / "source", documents, row_group=row_group, shuffled=seed)
    staged(tmp_path / "stage", dict(reversed(sources.items())))
    require_same(tmp_path / "stage", plain)


def digest_of(stage: Path, database: Path) -> str:
    """The logical digest of the database that the stage becomes."""
    files = {
        name: stage / f"{name}.parquet" for name in TABLE if (stage / f"{name}.parquet").exists()
    }
    build_candidate(files, database, run={"loaded_at": database.stem})
    return logical_digest(database)


def test_any_workers_shards_and_order_give_one_digest(
    tmp_path: Path, documents: dict[str, Any], plain: Path
) -> None:
    found = {digest_of(plain, tmp_path / "plain.db")}
    for name, workers, row_group in (("two", 2, 500), ("small", 1, 50)):
        sources = write_sources(tmp_path / name, documents, row_group=row_group, shuffled=row_group)
        staged(tmp_path / f"stage-{name}", sources, workers=workers)
        found.add(digest_of(tmp_path / f"stage-{name}", tmp_path / f"{name}.db"))
    assert len(found) == 1
    fewer = write_sources(tmp_path / "fewer", dict(list(documents.items())[1:]))
    staged(tmp_path / "stage-fewer", fewer)
    assert digest_of(tmp_path / "stage-fewer", tmp_path / "fewer.db") not in found


def test_another_document_gives_another_stage(
    tmp_path: Path, documents: dict[str, Any], plain: Path
) -> None:
    """The comparison can fail."""
    fewer = dict(list(documents.items())[1:])
    staged(tmp_path / "stage", write_sources(tmp_path / "source", fewer))
    with pytest.raises(AssertionError):
        require_same(tmp_path / "stage", plain)
