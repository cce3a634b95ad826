"""Reports that a browser opens from the UI: which files they are, and their addresses.

Browsers follow no file: link from a page of a server, so the UI's own server gives the reports out,
at an address without host and port: it holds whoever made the run and wherever the UI listens. Only
what `REPORTS` names is given out: counts, ids and hashes, never a database, an export or a log.
"""

import fnmatch
from pathlib import Path

import dagster as dg

from moonlanding_assets.settings import Layout

PLACE = "/reports"
#: below the data directory
REPORTS = (
    "phase/*/report.html", "phase/*/report.json", "phase/*/receipt.json",
    "fraction/*/reports/*.json", "parallel/soak.html", "parallel/soak.json",
    "parallel/drift/*.json", "final/report.html", "final/report.json",
)  # fmt: skip


def report_link(layout: Layout, file: Path) -> dg.MetadataValue[str]:
    """The address of a report in the UI; raises ValueError for a file that is not given out."""
    name = file.relative_to(layout.data).as_posix()
    if not _is_report(name):
        raise ValueError(f"{name} is no report that the UI gives out")
    return dg.MetadataValue.url(f"{PLACE}/{name.replace('%', '%25')}")


def report_file(layout: Layout, name: str) -> Path | None:
    """The file that a name below `PLACE` stands for; None when there is none to give out."""
    file = layout.data.resolve() / name
    is_itself = _is_report(name) and file == file.resolve()  # no link to anything else
    return file if is_itself and file.is_file() else None


def _is_report(name: str) -> bool:
    parts = name.split("/")
    return ".." not in parts and any(
        len(parts) == len(pattern.split("/"))
        and all(map(fnmatch.fnmatchcase, parts, pattern.split("/")))
        for pattern in REPORTS
    )
