"""Which files the UI gives out, and the addresses that lead to them."""

from pathlib import Path

import pytest

from moonlanding_assets.pipeline.served_reports import PLACE, report_file, report_link
from moonlanding_assets.settings import Layout

GIVEN = (
    "phase/3.4/report.html", "phase/3.4/report.json", "phase/3.4/receipt.json",
    "fraction/10%/reports/row_count.json", "parallel/soak.html", "parallel/drift/000001.json",
)  # fmt: skip
KEPT = (
    "app.db", "signoffs.jsonl", "phase/3.4/log", "phase/3.4/x/report.html", "phase/report.html",
    "fraction/10%/app.db", "parallel/control.db", "parallel/admin.token", "",
    "fraction/../phase/3.4/report.html", "fraction/10%/reports/../../../app.db",
)  # fmt: skip


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(data=tmp_path / "data")
    for name in (*GIVEN, "app.db", "signoffs.jsonl", "phase/3.4/log", "fraction/10%/app.db"):
        file = made.data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    return made


@pytest.mark.parametrize("name", GIVEN)
def test_a_report_has_an_address_that_leads_to_it(layout: Layout, name: str) -> None:
    address = str(report_link(layout, layout.data / name).value)
    assert address == f"{PLACE}/{name.replace('%', '%25')}"
    assert report_file(layout, name) == (layout.data / name).resolve()


@pytest.mark.parametrize("name", KEPT)
def test_nothing_else_is_given_out(layout: Layout, name: str) -> None:
    assert report_file(layout, name) is None
    with pytest.raises(ValueError, match="no report"):
        report_link(layout, layout.data / name)


@pytest.mark.parametrize("target", ["../../app.db", "../../../secret"])
def test_a_link_to_something_else_is_not_followed(layout: Layout, target: str) -> None:
    (layout.data.parent / "secret").write_text("secret")
    link = layout.data / "phase/3.4/report.html"
    link.unlink()
    link.symlink_to(target)
    assert link.read_text()
    assert report_file(layout, "phase/3.4/report.html") is None
