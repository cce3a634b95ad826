"""The report of phase 3.9 for people: report.json of the newest switch, report.html of all of them.

Rendered from records alone, so it can be made again at any time. No value of a document.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from moonlanding_assets.cutover.live_phases import SWITCH
from moonlanding_assets.cutover.page_parts import STYLE, badge, bars, number, table
from moonlanding_assets.cutover.switch.record import SwitchRecord, read_records
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.state.states import FREEZING_STEPS
from moonlanding_assets.settings import Layout

JSON_FILE, HTML_FILE = "report.json", "report.html"
#: figure → what it is called, and the bound that it has to keep ("" none)
FIGURES = {
    "answers": ("answers of the gateway from the prechecks to the end", ""),
    "answers_5xx": ("of them 5xx", "0"),
    "gateway_restarts": ("restarts of the gateway", "0"),
    "writes_held": ("writes that waited at the gate", ""),
    "writes_refused": ("writes that waited too long, and got 503", "0"),
    "hold_p99_seconds": ("p99 of their waits, seconds", "1"),
    "hold_max_seconds": ("longest wait, seconds", "2"),
    "noted_writes": ("writes that the fenced side had ever taken", ""),
    "acknowledged_writes_lost": ("of them not on the other side at the journal", "0"),
    "late_writes": ("writes that it took after its fence", "0"),
    "documents_that_differ": ("changed documents that differed at the journal", "0"),
}


def keep_page(layout: Layout) -> Path:
    """Write both files from the records; where the page is."""
    records = read_records(layout)
    directory = layout.phase(SWITCH.number)
    if records:
        put_in_place(directory / JSON_FILE, records[-1].to_json())
    return put_in_place(directory / HTML_FILE, page(records).encode())


def page(records: tuple[SwitchRecord, ...]) -> str:
    """The whole page, the newest at its head."""
    body = "".join(_parts(records))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Switch</title>'
        f'<meta name="viewport" content="width=device-width">{STYLE}</head>'
        f"<body><main>{body}</main></body></html>\n"
    )


def _parts(records: tuple[SwitchRecord, ...]) -> Iterator[str]:
    yield f"<h1>Phase {SWITCH.number}: {SWITCH.title}</h1>"
    if not records:
        yield "<p class='lead'>Nothing was switched or rehearsed yet.</p>"
        return
    last = records[-1]
    yield (
        f"<p class='lead'>The newest: {escape(last.kind)} {badge(last.verdict)} of "
        f"{escape(last.began_at)} by {escape(last.by)}. {escape(last.said)}.</p>"
    )
    yield _tiles(last)
    yield "<h2>Figures</h2>" + _figures(last)
    yield "<h2>Steps</h2>" + _steps(last)
    yield "<h2>What was asked before</h2>" + _prechecks(last)
    yield "<h2>All of them</h2>" + _all(records)


def _tiles(one: SwitchRecord) -> str:
    held = "-" if one.hold_seconds is None else f"{one.hold_seconds:.2f} s"
    tiles = {
        "from": f"{one.from_state}, epoch {one.from_epoch}",
        "to": f"{one.to_state}, epoch {one.epoch}",
        "the gate was closed": held,
        "steps done": f"{len(one.seconds)} of {len(FREEZING_STEPS)}",
    }
    cells = (f"<div><b>{escape(value)}</b>{name}</div>" for name, value in tiles.items())
    return f"<section class='tiles'>{''.join(cells)}</section>"


def _figures(one: SwitchRecord) -> str:
    rows = []
    for name, (says, most) in FIGURES.items():
        figure = one.figures.get(name)
        if figure is None:
            rows.append((escape(says), "not measured", escape(most), ""))
            continue
        word = "" if not most else badge("PASS" if figure <= float(most) else "FAIL")
        rows.append((escape(says), number(figure), escape(most), word))
    return table(("", "measured", "at most", ""), rows)


def _steps(one: SwitchRecord) -> str:
    return bars(
        {f"{step.number} {step.name}": one.seconds.get(step.name, 0.0) for step in FREEZING_STEPS},
        unit="seconds",
    )


def _prechecks(one: SwitchRecord) -> str:
    rows = [
        (badge("PASS" if each.is_met else "FAIL"), escape(each.says), escape(each.found))
        for each in one.prechecks
    ]
    return table(("", "", "found"), rows)


def _all(records: tuple[SwitchRecord, ...]) -> str:
    rows = [
        (
            str(one.number), escape(one.kind), badge(one.verdict), escape(one.began_at),
            "" if one.hold_seconds is None else f"{one.hold_seconds:.2f}", escape(one.by),
            escape(one.said),
        )
        for one in reversed(records)
    ]  # fmt: skip
    return table(("number", "", "", "began", "held, s", "by", ""), rows)
