"""The eight validators over really migrated files: clean ones pass, damaged ones do not."""

import shutil
from pathlib import Path

import pytest

from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.corruption_kit import CORRUPTIONS
from moonlanding_assets_tests.corruptions import Corruption, corrupt
from moonlanding_assets_tests.migrated_demo import migrate_fraction, snapshots_of_demo
from moonlanding_assets_tests.strange_values import strange_snapshots

NAMES = {validator.name: validator for validator in VALIDATORS}
# Corruptions whose row the smallest demo need not hold.
MAY_LACK_A_ROW = frozenset(
    (
        "word replaced by another valid one",
        "Unicode normalised",
        "negative zero lost its sign",
        "NaN became NULL",
        "enumeration lost to its default",
    )
)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return snapshots_of_demo(tmp_path_factory.mktemp("migrated") / "data")


@pytest.fixture(scope="module")
def fractions(layout: Layout) -> dict[str, Evidence]:
    return {fraction: migrate_fraction(layout, fraction) for fraction in FRACTIONS}


@pytest.fixture(scope="module")
def migrated(fractions: dict[str, Evidence]) -> Evidence:
    return fractions["100%"]


def assert_eight_of_eight(evidence: Evidence) -> None:
    reports = [run(validator, evidence) for validator in VALIDATORS]
    evidence.close()
    told = [report.markdown() for report in reports if report.verdict is not Verdict.PASS]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_eight_of_eight(fractions: dict[str, Evidence], fraction: str) -> None:
    assert_eight_of_eight(fractions[fraction])


def test_eight_of_eight_with_times_as_unix_seconds(layout: Layout, tmp_path: Path) -> None:
    shutil.copytree(layout.data / "snapshot", tmp_path / "snapshot")
    evidence = migrate_fraction(Layout(data=tmp_path), "100%", storage="unix_seconds")
    assert_eight_of_eight(evidence)


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_no_finding_on_other_clean_databases(tmp_path: Path, seed: int) -> None:
    layout = snapshots_of_demo(tmp_path, scale=Scale(friday=500, mwr=400), seed=seed)
    assert_eight_of_eight(migrate_fraction(layout, "100%"))


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_no_finding_where_any_field_may_hold_anything(tmp_path: Path, seed: int) -> None:
    layout = strange_snapshots(tmp_path, seed=seed, share=0.04)
    assert_eight_of_eight(migrate_fraction(layout, "100%"))


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.name)
def test_corruption_is_caught(migrated: Evidence, tmp_path: Path, corruption: Corruption) -> None:
    """On a copy of the database; everything else is shared by symbolic links."""
    clean = migrated.layout.data
    for name in ("snapshot", "fraction"):
        (tmp_path / name).symlink_to(clean / name, target_is_directory=True)
    copy = Evidence(Layout(data=tmp_path), "100%")
    shutil.copyfile(migrated.database, tmp_path / "app.db")
    picked = corrupt(copy.database, corruption)
    if picked is None and corruption.name in MAY_LACK_A_ROW:
        pytest.skip("the demo holds no row for it")
    for name in corruption.caught_by:
        report = run(NAMES[name], copy)
        named = {one for finding in report.findings for one in (finding.row_id, finding.path)}
        assert report.verdict is Verdict.FAIL
        assert picked in named, report.markdown()
    copy.close()
