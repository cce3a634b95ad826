"""The report of a phase as one HTML page that needs nothing else: no script, no network, no file.

Made from report.json and the sign-off log alone, so it can be made again at any time. Every text
is escaped; values of documents never get here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from moonlanding_assets.cutover.drawing import Drawing, drawn
from moonlanding_assets.cutover.page_parts import STYLE, badge, bars, file_link, number, table
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.cutover.report import HTML_FILE, read_report
from moonlanding_assets.cutover.signoff import Signature, believed_signature
from moonlanding_assets.cutover.steps import step_states
from moonlanding_assets.errors import PhaseError
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

Report = Mapping[str, Any]
OUTCOMES = ("loaded", "merged", "quarantined", "declared")


def keep_page(layout: Layout, phase: str) -> Path:
    """Write report.html from report.json; raises PhaseError when there is no report."""
    report = read_report(layout, phase)
    if report is None:
        raise PhaseError(f"phase {phase} has no report: `moonlanding run {phase}` makes it")
    if report["evidence"]:
        steps = step_states(layout, BY_NUMBER[phase])  # a signature may have come since
        report = {**report, "steps": [asdict(one) for one in steps]}
    requires = BY_NUMBER[phase].requires
    before = read_report(layout, requires) if requires else None
    signature = believed_signature(layout, phase=phase, evidence=report["evidence"])
    text = page(report, before=before, signature=signature)
    return put_in_place(layout.phase(phase) / HTML_FILE, text.encode())


def page(report: Report, *, before: Report | None, signature: Signature | None) -> str:
    """The whole page."""
    title = f"Phase {report['phase']}: {report['title']}, {report['fraction']}"
    parts = [
        *_head(report, title, signature),
        *_failure(report),
        *_steps(report),
        *_checks(report),
        *_outcomes(report),
        *_quarantine(report),
        *_people(report),
        *_rollback(report),
        *_times(report),
        *_highlights(report),
        *_compared(report, before),
        *_evidence(report, signature),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f'</title><meta name="viewport" content="width=device-width">{STYLE}</head>'
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(report: Report, title: str, signature: Signature | None) -> Iterator[str]:
    source = report["source"].values()
    read = sum(one["documents_in_fraction"] for one in source)
    signed = "Not signed" if signature is None else f"Signed by {signature.by}, {signature.at}"
    yield f"<h1>{escape(title)} {badge(report['verdict'])}</h1>"
    yield f"<p class='lead'>{escape(report['criterion'])}. {escape(signed)}.</p>"
    passed = sum(one["verdict"] == "PASS" for one in report["checks"])
    figures = {
        "documents": number(read),
        "rows": number(sum(report["rows"].values())),
        "checks passed": f"{passed}/{len(report['checks'])}",
        "documents a second": number(report["throughput"]["documents_a_second"]),
        "seconds": number(report["throughput"]["seconds"]),
    }
    if report["rollback"]:
        figures["seconds to roll back"] = number(report["rollback"]["rollback_seconds"])
    tiles = (f"<div><b>{value}</b>{escape(name)}</div>" for name, value in figures.items())
    yield f"<section class='tiles'>{''.join(tiles)}</section>"


def _failure(report: Report) -> Iterator[str]:
    failure = report["failure"]
    if failure is None:
        return
    step = f"step {failure['step']}, {failure['title']}" if failure["step"] else failure["title"]
    which = "A later run of this phase" if failure["earlier_counts"] else "This phase"
    yield f"<section class='failure'><h2>{which} failed at {escape(step)}</h2>"
    yield f"<p>{escape(failure['kind'])}{escape(': ' + failure['said'] if failure['said'] else '')}"
    yield f" (<code>{escape(failure['asset'])}</code>)</p>"
    if failure["earlier_counts"]:
        yield "<p>The data are as the run before left them: what follows still counts.</p>"
    rows = [("look", f"{escape(one['what'])}: <code>{escape(one['where'])}</code>")
            for one in failure["evidence"]]  # fmt: skip
    again = f"`{failure['retry']}`"
    ways = {"go back": failure["restore"], "fix": failure["fix"], "try again": again}
    rows += [(name, _code(way)) for name, way in ways.items()]
    yield table(("", ""), rows) + "</section>"


def _steps(report: Report) -> Iterator[str]:
    yield "<h2>What ran</h2>"
    rows = [(one["number"], one["title"], badge(one["state"]), escape(one["said"]))
            for one in report["steps"]]  # fmt: skip
    yield table(("step", "", "", "found"), rows)


def _checks(report: Report) -> Iterator[str]:
    yield "<h2>Verdicts and their evidence</h2>"
    rows = []
    for one in report["checks"]:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in one["kinds"].items())
        rows.append(
            (escape(one["title"]), badge(one["verdict"]), number(one["compared"]),
             number(one["evidence"]), number(one["findings"]), escape(kinds),
             number(one["seconds"]), file_link(one["file"]))
        )  # fmt: skip
    heads = ("check", "", "compared", "in snapshot", "findings", "kinds", "seconds", "report")
    yield table(heads, rows)


def _outcomes(report: Report) -> Iterator[str]:
    yield "<h2>Source and outcome</h2><p>Every document has exactly one outcome.</p>"
    rows = []
    totals = dict.fromkeys(OUTCOMES, 0)
    for collection, counts in report["outcomes"].items():
        cells = [counts.get(name, 0) for name in OUTCOMES]
        for name, count in zip(OUTCOMES, cells, strict=True):
            totals[name] += count
        rows.append((escape(collection), number(sum(cells)), *map(number, cells)))
    yield bars({name: float(count) for name, count in totals.items()}, unit="documents")
    rows.append(("<b>all</b>", number(sum(totals.values())), *map(number, totals.values())))
    yield table(("collection", "read", *OUTCOMES), rows)
    yield "<details><summary>Rows by table</summary>"
    counted = [(escape(name), number(count)) for name, count in report["rows"].items()]
    yield table(("table", "rows"), counted) + "</details>"


def _quarantine(report: Report) -> Iterator[str]:
    yield "<h2>Quarantine by reason</h2>"
    if not report["quarantine"]:
        yield "<p>Nothing.</p>"
        return
    yield bars({name: float(count) for name, count in report["quarantine"].items()}, unit="entries")


def _people(report: Report) -> Iterator[str]:
    found = report["dedup"]
    yield "<h2>People known in both systems</h2>"
    yield (
        f"<p>{number(found['user_documents'])} user documents became {number(found['people'])} "
        f"people; {number(found['in_both_systems'])} are known in both systems, "
        f"<b>{found['share']:.1%}</b> (expected {found['expected_from']:.0%} to "
        f"{found['expected_to']:.0%} of the whole; a sample takes whole teams along). "
        f"{number(found['for_review'])} merges are for review.</p>"
    )


def _rollback(report: Report) -> Iterator[str]:
    yield "<h2>Going back</h2>"
    if report["rollback"]:
        done = report["rollback"]
        yield (
            f"<p>Exercised: {number(done['changed_rows'])} rows were changed as an application "
            f"changes them, the database of before came back in "
            f"<b>{done['rollback_seconds']:.2f} s</b> ({done['allowed_seconds']:.0f} s are "
            f"allowed), and the second migration gave digest "
            f"<code>{escape(done['again'][:16])}</code>, the same as the first.</p>"
        )
        yield bars(done["seconds"], unit="seconds")
    names = ", ".join(f"<code>{escape(name)}</code>" for name in report["backups"])
    yield f"<p>Backups taken before: {names or 'none'}. Undo: {_code(report['undo'])}. "
    yield f"Too late: {escape(report['too_late'])}.</p>"


def _times(report: Report) -> Iterator[str]:
    yield "<h2>Time</h2>"
    yield bars({name: one["seconds"] for name, one in report["times"].items()}, unit="seconds")


def _highlights(report: Report) -> Iterator[str]:
    yield "<h2>Sampled highlights on their pages</h2>"
    yield "<p>Geometry only: the outline is the bounding rectangle.</p><div class='pages'>"
    for one in report["drawings"]:
        yield drawn(Drawing(**one))
    yield "</div>" if report["drawings"] else "<p>None has a rectangle.</p></div>"


def _compared(report: Report, before: Report | None) -> Iterator[str]:
    if before is None:
        return
    yield f"<h2>Beside phase {escape(before['phase'])}</h2>"
    pairs = [(name, _figures(before)[name], value) for name, value in _figures(report).items()]
    rows = [(escape(name), number(old), number(new), f"{new / old:.2f}" if old else "")
            for name, old, new in pairs]  # fmt: skip
    yield table(("", f"phase {before['phase']}", f"phase {report['phase']}", "times"), rows)


def _figures(report: Report) -> dict[str, float]:
    return {
        "documents": report["throughput"]["documents"],
        "rows": sum(report["rows"].values()),
        "bytes of the database": report["database"]["bytes"],
        "seconds": report["throughput"]["seconds"],
        "documents a second": report["throughput"]["documents_a_second"],
        "compared": sum(one["compared"] for one in report["checks"]),
        "quarantine entries": sum(report["quarantine"].values()),
        "people in both systems, %": 100 * report["dedup"]["share"],
    }


def _evidence(report: Report, signature: Signature | None) -> Iterator[str]:
    yield "<h2>Evidence</h2>"
    signed = "nobody yet" if signature is None else f"{signature.by}, {signature.at}"
    if not report["evidence"]:
        yield "<p>None: the phase was not closed.</p>"
    facts = {
        "evidence digest": report["evidence"],
        "signed by": signed,
        "sign-off hash": "" if signature is None else signature.hash,
        "database": report["database"]["path"],
        "logical digest": report["database"]["logical_digest"],
        "sha256 of the file": report["database"]["sha256"],
        **{f"snapshot of {name}": f"{one['snapshot_digest']} ({one['snapshot_time']})"
           for name, one in report["source"].items()},
        **{f"rests on {name}": value for name, value in report["gate"].items()},
        "run": report["run_id"],
        "made": report["made_at"],
    }  # fmt: skip
    yield table(("", ""), [(escape(name), f"<code>{escape(str(value))}</code>")
                           for name, value in facts.items() if value])  # fmt: skip


def _code(text: str) -> str:
    """Text in which what stands between backquotes is code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{one}</code>" if n % 2 else one for n, one in enumerate(pieces))
