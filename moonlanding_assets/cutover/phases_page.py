"""docs/phases.md: the table of phases.py in words. Holds rendering only."""

from collections.abc import Iterator

from moonlanding_assets.cutover.live_phases import LIVE_PHASES, LivePhase
from moonlanding_assets.cutover.phases import PHASES, Phase


def phases_page(made: str) -> str:
    """Every phase: what it does, its steps, its gate, its undo."""
    lines = ["# Phases", "", made, ""]
    lines += ["| phase | of | does | gate | passes with |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.number} {one.title} | {one.fraction} | {one.does} | {gate_in_words(one)} "
        f"| {one.criterion} |"
        for one in PHASES
    ]
    lines += [
        f"| {one.number} {one.title} | both systems | {one.does} | {one.gate} | {one.criterion} |"
        for one in LIVE_PHASES
    ]
    for phase in PHASES:
        lines += _section(phase)
    for live in LIVE_PHASES:
        lines += _live_section(live)
    return "\n".join(lines) + "\n"


def gate_in_words(phase: Phase) -> str:
    """What must be there before the phase may begin."""
    if not phase.requires:
        return "the snapshot is complete"
    signed = " and signed" if phase.needs_signature else ""
    return f"{phase.requires} passed{signed}, for these data"


def _section(phase: Phase) -> Iterator[str]:
    yield from ("", f"## {phase.number} {phase.title}", "")
    yield from ("```console", f"$ moonlanding run {phase.number}", "```", "")
    yield f"Dagster job `{phase.job}`, asset `phase/{phase.number}`. Gate: {gate_in_words(phase)}."
    yield from ("", "| step | | rests on |", "|---|---|---|")
    for step in phase.steps:
        yield f"| {step.number} | {step.title} | {', '.join(step.rests_on)} |"
    yield from ("", f"Undo: {phase.undo}. Too late: {phase.too_late}.")
    yield f"It leaves `data/phase/{phase.number}/`: receipt.json, report.json, report.html, log."


def _live_section(phase: LivePhase) -> Iterator[str]:
    yield from ("", f"## {phase.number} {phase.title}", "")
    yield from ("```console", f"$ {phase.begins}", "```", "")
    yield f"Dagster job `{phase.job}`, asset `{phase.asset}`. Gate: {phase.gate}."
    yield f"Undo: {phase.undo}. Too late: {phase.too_late}."
