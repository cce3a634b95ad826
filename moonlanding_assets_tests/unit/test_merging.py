"""Sorted runs on disk come back as one sequence, without being in memory together."""

import random
from pathlib import Path

import pyarrow as pa
import pytest

from moonlanding_assets.source import spill as spilling
from moonlanding_assets.source.document import document_row
from moonlanding_assets.source.merging import in_order, runs_of
from moonlanding_assets.source.spill import Spill

ODD_IDS = ["a", "a-", "a/b/c", "Z", "é", "e\u0301", "\U0001f9fe", "\uffff", "__id7__", " ", "0"]


def spilled(directory: Path, paths: list[tuple[str, str]], *, text: str = "{}") -> list[Path]:
    directory.mkdir()
    with Spill(directory, "run") as spill:
        for collection, path in paths:
            spill.add(document_row(path, collection, text))
    return spill.files


def merged(files: list[Path], collection: str) -> list[str]:
    batches = in_order(runs_of(files).get(collection, ()))
    return [path for batch in batches for path in batch.column("path").to_pylist()]


@pytest.mark.parametrize("waiting", [1, 40, 10_000])
@pytest.mark.parametrize("seed", range(2))
def test_the_order_is_that_of_the_bytes_of_the_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int, seed: int
) -> None:
    monkeypatch.setattr(spilling, "WAITING_BYTES", waiting)  # so many runs, or one
    chance = random.Random(seed)
    ids = [*ODD_IDS, *(f"{chance.getrandbits(32):x}" for _ in range(150))]
    rows = [
        (chance.choice(["friday/users", "friday/teams"]), f"friday/x/list/{id_}") for id_ in ids
    ]
    chance.shuffle(rows)
    files = spilled(tmp_path / "runs", rows)
    assert len(files) > 1 or waiting == 10_000
    for collection in ("friday/users", "friday/teams"):
        paths = [path for key, path in rows if key == collection]
        assert merged(files, collection) == sorted(paths, key=str.encode)
    assert merged(files, "friday/clients") == []


def test_a_path_that_comes_twice_stands_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spilling, "WAITING_BYTES", 1)
    files = spilled(tmp_path / "runs", [("k", one) for one in ("c/b", "c/a", "c/b")])
    assert merged(files, "k") == ["c/a", "c/b", "c/b"]


def test_large_documents_are_not_held_in_memory_together(tmp_path: Path) -> None:
    size = 500_000
    paths = [("k", f"c/{random.Random(n).getrandbits(64):016x}") for n in range(300)]
    files = spilled(tmp_path / "runs", paths, text="x" * size)
    assert len(files) >= 8
    before = pa.total_allocated_bytes()
    most = 0
    runs = runs_of(files)["k"]
    for batch in in_order(runs):
        most = max(most, pa.total_allocated_bytes() - before)
        assert batch.num_rows
    assert most < 300 * size / 2
