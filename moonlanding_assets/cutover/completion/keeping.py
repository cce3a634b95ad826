"""The final report written: report.json and report.html in data/final. Undo: make it again."""

from pathlib import Path

from moonlanding_assets.cutover.completion.page import final_page
from moonlanding_assets.cutover.completion.report import FinalReport, build_final_report
from moonlanding_assets.cutover.completion.soaked import soak_points
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

JSON_FILE, HTML_FILE = "report.json", "report.html"


def keep_final_report(layout: Layout) -> tuple[FinalReport, Path, Path]:
    """Write both in the place of older ones; the report and where they are."""
    report = build_final_report(layout)
    points = soak_points(layout, report.soak["clock"]) if report.soak else ()
    return (
        report,
        put_in_place(layout.final / JSON_FILE, report.to_json()),
        put_in_place(layout.final / HTML_FILE, final_page(report, points).encode()),
    )
