"""The demo as managed exports: same seed same bytes, and the reader finds what was generated."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests.staging import both

SMALL = scale_of("500")


@dataclass
class Counting:
    """A progress that counts."""

    documents: int = 0

    def advance(self, documents: int) -> None:
        self.documents += documents


def _hashes(directory: Path) -> dict[str, str]:
    return {
        str(file.relative_to(directory)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    counting = Counting()
    report = write_demo(tmp_path / "a", scale=SMALL, seed=1, progress=counting)
    write_demo(tmp_path / "b", scale=SMALL, seed=1, progress=Counting())
    write_demo(tmp_path / "c", scale=SMALL, seed=2, progress=Counting())
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")
    assert _hashes(tmp_path / "a") != _hashes(tmp_path / "c")
    assert (report.total("friday"), report.total("mwr")) == (SMALL.friday, SMALL.mwr)
    assert counting.documents == 500
    assert report.directories["friday"] == tmp_path / "a" / "friday"


def test_the_reader_finds_what_was_generated(tmp_path: Path) -> None:
    report = write_demo(tmp_path, scale=SMALL, seed=5, progress=Counting())
    for system, documents in both(5, SMALL).items():
        export = ManagedExport.open(tmp_path / system)
        assert export.project == f"demo-{system}"
        assert export.started_at_us == report.started_at_us
        assert export.finished_at_us > export.started_at_us
        found = {
            entity.path: entity.fields()
            for shard in export.shards
            for entity in export.entities(shard)
        }
        assert found == dict(documents)
