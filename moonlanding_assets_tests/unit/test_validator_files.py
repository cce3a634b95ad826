"""With a file root, file_paths looks the files up: that they exist and have their size."""

from pathlib import Path

import pytest

from moonlanding_assets.validate.catalogue import run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.usability import FILE_PATHS
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.tiny import tiny_world

STORED = "c1/e1/r1/letter_050226_143000.pdf"


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    layout = tiny_world().write(tmp_path / "data").layout
    file = tmp_path / "files" / STORED
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 1024)
    return Evidence(layout, "100%", file_root=tmp_path / "files")


def test_files_that_are_there_pass_and_are_counted(evidence: Evidence) -> None:
    report = run(FILE_PATHS, evidence)
    assert report.verdict is Verdict.PASS, report.markdown()
    assert report.tables[0].counts == {"files_looked_up": 1}


def test_a_missing_file_is_found(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "files" / STORED).unlink()
    assert [one.kind for one in run(FILE_PATHS, evidence).findings] == ["file_missing"]


def test_a_file_of_another_size_is_found(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "files" / STORED).write_bytes(b"x")
    assert [one.kind for one in run(FILE_PATHS, evidence).findings] == ["size_differs"]
