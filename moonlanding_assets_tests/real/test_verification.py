"""The twelve checks over a really migrated file: a clean one passes, a damaged one does not."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets import cli
from moonlanding_assets.cutover.recorded import STALE, recorded_twelve
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.p4_verify import VERIFICATION, verification_report
from moonlanding_assets.pipeline.reports import keep_verification
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.twelve import TWELVE, verify
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets.validate.verification import Check, Checked, Extent, Subject, run_check
from moonlanding_assets.validate.verification_report import Verification
from moonlanding_assets_tests.corruptions import Corruption, corrupt
from moonlanding_assets_tests.migrated_demo import migrate_fraction, snapshots_of_demo
from moonlanding_assets_tests.verification_damage import DAMAGE, EMPTIED, emptied

CHECKS = {check.name: check for check in TWELVE}
EVERY_DOCUMENT = 10**6
ROWS = 20_000  # enough to tell an index from none


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = snapshots_of_demo(tmp_path_factory.mktemp("verified") / "data")
    migrate_fraction(made, "100%").close()
    return made


@pytest.fixture
def copy(layout: Layout, tmp_path: Path) -> Layout:
    """The same data with a database of its own, which may be damaged."""
    for name in ("snapshot", "demo"):
        (tmp_path / name).symlink_to(layout.data / name)
    shutil.copytree(layout.data / "fraction", tmp_path / "fraction", symlinks=True)
    shutil.copyfile(layout.database("100%"), tmp_path / "app.db")
    return Layout(data=tmp_path)


def extent(layout: Layout, documents: int = EVERY_DOCUMENT) -> Extent:
    exports = {system: layout.demo_export(system) for system in SYSTEMS}
    return Extent(exports=exports, documents=documents, rows=ROWS)


def asked(layout: Layout, name: str, how_far: Extent | None = None) -> Checked:
    with closing(Evidence(layout, "100%")) as evidence:
        return run_check(CHECKS[name], Subject(evidence, how_far or extent(layout)))


def change(layout: Layout, *statements: str) -> None:
    with closing(sqlite3.connect(layout.database("100%"))) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_clean_data_pass_twelve_of_twelve_and_stay_as_they_are(layout: Layout) -> None:
    before = hashlib.sha256(layout.database("100%").read_bytes()).hexdigest()
    with closing(Evidence(layout, "100%")) as evidence:
        found = verify(evidence, extent(layout))
    told = {one.report.name: one.report.error or one.report.findings for one in found.checks
            if one.report.verdict is not Verdict.PASS}  # fmt: skip
    assert (told, found.count) == ({}, "12/12")
    assert [one.report.name for one in found.checks] == list(CHECKS)
    assert all(one.report.compared >= 1 for one in found.checks)
    assert hashlib.sha256(layout.database("100%").read_bytes()).hexdigest() == before
    beside = {path.name for path in layout.data.glob("app.db*")}
    assert beside == {"app.db"}
    assert not list(layout.fraction("100%").glob(".verify-*"))
    assert Verification.from_json(found.to_json()) == found


def test_times_as_unix_seconds_pass_too(layout: Layout, tmp_path: Path) -> None:
    for name in ("snapshot", "demo"):
        (tmp_path / name).symlink_to(layout.data / name)
    other = Layout(data=tmp_path)
    with closing(migrate_fraction(other, "100%", storage="unix_seconds")) as evidence:
        found = verify(evidence, extent(other, documents=200))
    assert found.count == "12/12", [one.report.markdown() for one in found.checks]


def names_in(checked: Checked) -> str:
    """Everything that the findings name, one a line."""
    return "\n".join(
        f"{one.table} {one.kind} {one.row_id} {one.path} {one.detail}"
        for one in checked.report.findings
    )


def test_the_verification_is_a_job_of_its_own_and_each_check_blocks() -> None:
    graph = DEFINITIONS.resolve_asset_graph()
    job = DEFINITIONS.resolve_job_def("verify_fraction").asset_layer
    keys = {key.to_user_string() for key in job.executable_asset_keys}
    assert keys == {"verification/report"}
    assert {graph.get(key).group_name for key in job.executable_asset_keys} == {"4_verify"}
    specs = [spec for spec in verification_report.check_specs if spec.blocking]
    assert [spec.name for spec in specs] == list(CHECKS)
    migrating = DEFINITIONS.resolve_job_def("phase_3_6").asset_layer
    assert VERIFICATION not in migrating.executable_asset_keys


def test_every_check_has_damage_of_its_own() -> None:
    counts = {name: sum(name in one.caught_by for one in DAMAGE) for name in CHECKS}
    assert min(counts.values()) >= 2, counts
    assert list(EMPTIED) == list(CHECKS)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.name)
def test_damage_is_caught_and_named(copy: Layout, damage: Corruption) -> None:
    picked = corrupt(copy.database("100%"), damage)
    assert picked is not None, "the demo must hold a row for every damage"
    for name in damage.caught_by:
        checked = asked(copy, name)
        assert checked.report.verdict is Verdict.FAIL, checked.report.error
        assert picked in names_in(checked)


@pytest.mark.parametrize(("name", "table"), EMPTIED.items())
def test_an_emptied_table_is_no_pass(copy: Layout, name: str, table: str) -> None:
    change(copy, emptied(table))
    assert asked(copy, name).report.verdict is Verdict.FAIL


def test_an_export_that_is_gone_is_said(layout: Layout) -> None:
    checked = asked(layout, "spot_check", Extent(documents=60))
    assert checked.report.verdict is Verdict.PASS
    assert (checked.notes["from_export"], checked.notes["from_snapshot"]) == (0, 60)


def test_another_export_is_not_taken_for_ours(layout: Layout, tmp_path: Path) -> None:
    from moonlanding_assets.progress import Silent

    write_demo(tmp_path, scale=Scale(friday=400, mwr=400), seed=2, progress=Silent())
    exports = {system: tmp_path / system for system in SYSTEMS}
    checked = asked(layout, "spot_check", Extent(documents=60, exports=exports))
    assert checked.report.verdict is Verdict.PASS
    assert checked.notes["from_snapshot"] == 60


def test_a_document_that_only_the_export_has_is_found(copy: Layout) -> None:
    path = "friday/emails"
    change(copy, f"DELETE FROM migration_documents WHERE path LIKE 'emails/%' OR path = '{path}'")
    checked = asked(copy, "spot_check", extent(copy, documents=41))
    assert "document_lost" in {one.kind for one in checked.report.findings}


def test_the_same_seed_draws_the_same(layout: Layout) -> None:
    drawn = [
        asked(layout, "spot_check", Extent(seed=seed, documents=50)).notes["paths"]
        for seed in ("a", "a", "b")
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 50


def test_a_report_of_other_bytes_is_stale_and_no_pass(copy: Layout) -> None:
    with closing(Evidence(copy, "100%")) as evidence:
        keep_verification(verify(evidence, extent(copy, documents=50)), copy)
    assert {one.verdict for one in recorded_twelve(copy, "100%")} == {Verdict.PASS}
    change(copy, "UPDATE client SET phone = 'x' WHERE id = (SELECT min(id) FROM client)")
    assert {one.verdict for one in recorded_twelve(copy, "100%")} == {STALE}


def test_without_a_database_nothing_passes(copy: Layout) -> None:
    copy.database("100%").unlink()
    with closing(Evidence(copy, "100%")) as evidence:
        found = verify(evidence, extent(copy))
    assert found.count == "0/12"
    assert {one.report.verdict for one in found.checks} == {Verdict.ERROR}


def test_a_check_that_crashes_does_not_pass(layout: Layout) -> None:
    def crash(_: Subject) -> None:
        raise ZeroDivisionError("a value that nobody should see")

    with closing(Evidence(layout, "100%")) as evidence:
        check = Check(name="crash", title="Crash", examine=crash)  # type: ignore[arg-type]
        report = run_check(check, Subject(evidence, Extent())).report
    assert (report.verdict, report.error) == (Verdict.ERROR, "ZeroDivisionError")


def test_a_query_that_is_slow_fails(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    place = "moonlanding_assets.validate.verify_performance.P95_MILLISECONDS"
    monkeypatch.setattr(place, 0.0)
    report = asked(layout, "performance_baseline").report
    assert report.verdict is Verdict.FAIL
    assert {one.kind for one in report.findings} == {"too_slow"}


def test_the_verb_prints_the_twelve_and_ends_with_their_verdict(
    copy: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOONLANDING_DATA", str(copy.data))
    corrupted = next(one for one in DAMAGE if one.name == "subject cut")
    corrupt(copy.database("100%"), corrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main(["--data", str(copy.data), "verify", "--seed", "any"])
    shown = capsys.readouterr()
    assert ended.value.code == 1
    for check in TWELVE:
        assert check.title in shown.out
    page = copy.report("100%", "verification").with_suffix(".md").read_text()
    assert "Seed `any`" in page
    assert "not passed" in shown.err
