"""The final report as one HTML page that needs nothing else: no script, no network, no file.

Made from the report's own content and the plots' points. Every text is escaped.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from moonlanding_assets.cutover.completion.page_road import ROAD_STYLE, road
from moonlanding_assets.cutover.completion.report import FinalReport
from moonlanding_assets.cutover.page_parts import STYLE, badge, bars, number, table
from moonlanding_assets.cutover.soak.judging import Judged
from moonlanding_assets.cutover.soak.report import plots
from moonlanding_assets.parallel.state.states import STATE

TITLE = "Friday and MyWorkReview to Moonlanding"
_LABELLED = "by a clock that is not the real one: it shows how it works, and proves nothing"


def final_page(one: FinalReport, points: Sequence[Judged]) -> str:
    """The whole page."""
    parts = [
        *_head(one),
        *_open(one),
        *_phases(one),
        *_documents(one),
        *_switches(one),
        *_soak(one.soak, points),
        *_archive(one),
        *_history(one),
        *_limits(one),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width">{STYLE}{ROAD_STYLE}</head>'
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(one: FinalReport) -> Iterator[str]:
    state = f"{one.state} {STATE[one.state].name}" if one.state else "not begun"
    yield f"<h1>{TITLE} {badge(one.verdict)}</h1>"
    yield f"<p class='lead'>{_sentence(one)} State {escape(state)}, epoch {one.epoch}; "
    yield f"made {escape(one.made_at)}.</p>"
    yield road(one.phases)
    whole = one.documents.get("100%", {})
    figures = {
        "documents accounted for": number(sum(whole.values())) if whole else "",
        "of them in quarantine": number(whole.get("quarantined", 0)) if whole else "",
        "people": number(one.people["people"]) if one.people else "",
        "seconds writes were held": _held(one),
        "hours watched": f"{one.soak['hours']:.1f}" if one.soak else "",
        "documents archived": number(sum(one.archive["documents"].values())) if one.archive else "",
    }
    tiles = (f"<div><b>{value}</b>{name}</div>" for name, value in figures.items() if value)
    yield f"<section class='tiles'>{''.join(tiles)}</section>"


def _sentence(one: FinalReport) -> str:
    if one.state == "S11" and one.verdict == "PASS":
        return "Everything has moved, was watched, and the old systems are put away."
    if one.state == "S11":
        return "The old systems are left, but not everything was proved."
    left = len(one.left_to_do)
    return f"The migration is under way: {left} {'thing is' if left == 1 else 'things are'} left."


def _held(one: FinalReport) -> str:
    done = [each["hold_seconds"] for each in one.switches if each["kind"] == "go"]
    return "" if not done or done[-1] is None else f"{done[-1]:.2f}"


def _open(one: FinalReport) -> Iterator[str]:
    if not one.left_to_do:
        return
    rows = [(escape(each.phase), escape(each.what), f"<code>{escape(each.command)}</code>")
            for each in one.left_to_do]  # fmt: skip
    yield "<section class='failure'><h2>Left to do</h2>"
    yield table(("phase", "what", "command"), rows) + "</section>"


def _phases(one: FinalReport) -> Iterator[str]:
    yield "<h2>Phases</h2>"
    rows = [
        (escape(each.number), escape(each.title), badge(each.verdict), escape(each.said),
         escape(each.at[:16].replace("T", " ")), escape(each.signed_by),
         f"<code>{escape(each.evidence[:12])}</code>")
        for each in one.phases
    ]  # fmt: skip
    yield table(("phase", "", "", "rests on", "when", "signed by", "evidence"), rows)


def _documents(one: FinalReport) -> Iterator[str]:
    whole = one.documents.get("100%")
    if not whole:
        return
    yield "<h2>What became of every document</h2>"
    yield bars({name: float(count) for name, count in whole.items()}, unit="documents")
    if one.people:
        yield (
            f"<p>{number(one.people['user_documents'])} user documents became "
            f"{number(one.people['people'])} people; {number(one.people['in_both_systems'])} were "
            f"known in both systems.</p>"
        )


def _switches(one: FinalReport) -> Iterator[str]:
    if not one.switches:
        return
    yield "<h2>Switches</h2>"
    rows = [
        (escape(each["began_at"][:19].replace("T", " ")), escape(each["kind"]),
         badge(each["verdict"]), f"{each['from_state']} to {each['to_state']}", str(each["epoch"]),
         "" if each["hold_seconds"] is None else f"{each['hold_seconds']:.3f}", escape(each["by"]))
        for each in one.switches
    ]  # fmt: skip
    yield table(("when", "", "", "from, to", "epoch", "seconds held", "by"), rows)
    last = one.switches[-1]
    yield f"<h3>The last one, step by step (seconds)</h3>{bars(last['seconds'], unit='seconds')}"
    figures = [(escape(name.replace("_", " ")), escape(str(value)))
               for name, value in last["figures"].items()]  # fmt: skip
    yield table(("measured around it", ""), figures)


def _soak(soak: Mapping[str, Any] | None, points: Sequence[Judged]) -> Iterator[str]:
    if soak is None:
        return
    yield f"<h2>The soak {badge(soak['verdict'])}</h2>"
    if not soak["is_evidence"]:
        yield f"<p><b>Taken {_LABELLED}.</b></p>"
    yield (
        f"<p>{soak['hours']:.1f} hours, {number(soak['samples'])} samples in the last 24 of them, "
        f"{soak['samples_share']:.2%} of those that there should be; longest gap "
        f"{soak['longest_gap_seconds']:.0f} s; baseline of response times: "
        f"{escape(soak['baseline'])}.</p>"
    )
    rows = [
        (escape(each["says"]), badge(each["verdict"]),
         "" if each["worst"] is None else f"{each['worst']:.5g}", escape(each["too_much"]),
         escape(each["why"]))
        for each in (*soak["criteria"], *soak["goals"])
    ]  # fmt: skip
    yield table(("criterion", "", "worst", "too much", ""), rows)
    yield plots(tuple(points))


def _archive(one: FinalReport) -> Iterator[str]:
    found, credentials = one.archive, one.credentials
    yield "<h2>The old systems, put away</h2>"
    if found is None:
        yield "<p>There is no archive.</p>"
        return
    documents = ", ".join(f"{name} {number(count)}" for name, count in found["documents"].items())
    restored = "not restored" if found["restored_equal"] is None else (
        "restored, every document equal" if found["restored_equal"] else "restored, NOT equal"
    )  # fmt: skip
    sealed = f"sealed by {found['sealed_by']}" if found["sealed_by"] else "not sealed"
    facts = {
        "archive": f"{found['number']}, {number(found['bytes'])} bytes, seal {found['seal']}",
        "documents": documents,
        "read live in the soak": "yes" if found["of_this_soak"] else "no",
        "proof": f"{restored} {found['restored_at'] or ''}",
        "seal": f"{sealed} {found['sealed_at'] or ''}",
        "tables of the migration": one.ledger,
    }
    yield table(("", ""), [(escape(name), escape(value)) for name, value in facts.items()])
    if credentials is not None:
        revoked = credentials["revoked_by"]
        said = f"Revoked, says {revoked}, {credentials['revoked_at']}." if revoked else "Not yet."
        yield f"<h3>Credentials to revoke</h3><p>{escape(said)}</p><ul>"
        yield from (f"<li>{_code(line)}</li>" for line in credentials["lines"])
        yield "</ul>"


def _history(one: FinalReport) -> Iterator[str]:
    if not one.history:
        return
    yield "<h2>Every change of state</h2><details><summary>All of them</summary>"
    rows = [
        (str(each["number"]), escape(each["at"][:19].replace("T", " ")),
         escape(each["from"]), escape(f"{each['to']} {each['name']}"), escape(each["kind"]),
         str(each["epoch"]), escape(each["by"]), f"<code>{each['evidence'][:12]}</code>")
        for each in one.history
    ]  # fmt: skip
    heads = ("line", "when", "from", "to", "kind", "epoch", "by", "evidence")
    yield table(heads, rows) + "</details>"


def _limits(one: FinalReport) -> Iterator[str]:
    yield "<h2>What this does not show</h2><ul>"
    yield from (f"<li>{escape(line)}</li>" for line in one.limits)
    yield "</ul>"


def _code(text: str) -> str:
    pieces = escape(text).split("`")
    return "".join(f"<code>{one}</code>" if n % 2 else one for n, one in enumerate(pieces))
