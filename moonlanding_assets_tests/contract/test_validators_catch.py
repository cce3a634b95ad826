"""Every planted corruption is caught by the validator that should, with a finding on the row.

`pytest -k matrix -s` prints the matrix of corruption by validator.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Validator, Verdict
from moonlanding_assets_tests.corruption_kit import CORRUPTIONS, matrix, who_fails
from moonlanding_assets_tests.corruptions import Corruption, corrupt
from moonlanding_assets_tests.tiny import tiny_world


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("tiny")
    tiny_world().write(data)
    return data


@pytest.fixture(scope="module")
def caught() -> dict[str, set[str]]:
    """Corruption to the validators that failed; filled by the tests above the matrix."""
    return {}


@pytest.fixture
def copy(clean: Path, tmp_path: Path) -> Iterator[Evidence]:
    """A copy of the clean data whose database may be damaged."""
    shutil.copytree(clean, tmp_path / "data")
    evidence = Evidence(Layout(data=tmp_path / "data"), "100%")
    yield evidence
    evidence.close()


def test_there_are_enough_corruptions_and_names_are_distinct() -> None:
    names = [one.name for one in CORRUPTIONS]
    assert len(set(names)) == len(names) >= 60


def test_every_validator_has_corruptions_of_its_own() -> None:
    expected = {name for one in CORRUPTIONS for name in one.caught_by}
    assert expected == {validator.name for validator in VALIDATORS}


@pytest.mark.parametrize("validator", VALIDATORS, ids=lambda one: one.name)
def test_clean_data_passes(copy: Evidence, validator: Validator) -> None:
    report = run(validator, copy)
    assert (report.verdict, report.findings, report.error) == (Verdict.PASS, (), "")
    assert report.compared >= 1


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.name)
def test_corruption_is_caught(
    copy: Evidence, corruption: Corruption, caught: dict[str, set[str]]
) -> None:
    picked = corrupt(copy.database, corruption)
    assert picked is not None, "the tiny world must hold a row for every corruption"
    failed = who_fails(copy)
    caught[corruption.name] = set(failed)
    for name in corruption.caught_by:
        assert picked in failed.get(name, set()), {key: sorted(failed[key]) for key in failed}


def test_matrix(caught: dict[str, set[str]]) -> None:
    """Every corruption has a mark in the columns of those who should catch it."""
    if len(caught) < len(CORRUPTIONS):
        pytest.skip("only some of the corruptions were tried")
    table = matrix(caught)
    print(table)  # noqa: T201  (shown with -s)
    assert table.count("\n") == len(CORRUPTIONS) + 2
    assert all(set(one.caught_by) <= caught[one.name] for one in CORRUPTIONS)
