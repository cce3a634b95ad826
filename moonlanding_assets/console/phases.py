"""The verbs of the phases: run, status, watch, approve; backups are in backups.py.

Holds parsing and printing; the work is in running.py, cutover/ and load/. The heavy imports are
inside the verbs, so that --help answers at once.
"""

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from moonlanding_assets.console.backups import PHASES, as_json
from moonlanding_assets.console.backups import VERBS as BACKUP_VERBS
from moonlanding_assets.console.plan import expected_plan
from moonlanding_assets.settings import FRACTIONS, Settings

if TYPE_CHECKING:
    from moonlanding_assets.console.running import PhaseResult

#: those that are signed, as cutover/phases.py declares them; a test compares
LIVE_PHASES = ("3.9", "3.10")


@click.command("run")
@click.argument("phase", type=click.Choice([*PHASES, "all"]))
@expected_plan
@as_json
@click.pass_obj
def run_verb(settings: Settings, phase: str, expected: str, as_json: bool) -> None:
    """Run PHASE 3.4, 3.5, 3.6 or 3.7, or all.

    3.4 migrates 1%, 3.5 10%, 3.6 everything; 3.7 asks twelve questions of the result. Each begins
    with its gate and a backup, and ends with a receipt and a report. `all` goes on from the first
    phase that has not passed for these data, and stops at a gate that is shut.
    """
    from moonlanding_assets.console.conclusion import conclude
    from moonlanding_assets.console.running import chosen_phases, fraction_results, run_phases
    from moonlanding_assets.console.work import session

    chosen = chosen_phases(settings.layout, phase)
    if not chosen:
        said = "every phase has passed for these data: `moonlanding status` shows them"
        click.echo("[]" if as_json else said)
        return
    with session(settings) as work:
        done = run_phases(work, chosen, plan=expected)
    results = fraction_results(settings.layout, [one.phase for one in done])
    say_phases(done, as_json=as_json)
    if not as_json:
        is_verified = any(one.phase == "3.7" for one in done)
        conclude(settings, results, runs=work.runs, as_json=False, with_verification=is_verified)
    require_passed(done)


def say_phases(results: "Sequence[PhaseResult]", *, as_json: bool) -> None:
    """What the phases came to: JSON, or a line each on stderr, and the ways out of a failure."""
    from moonlanding_assets.console.failures import ways_out

    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in results], indent=2))
        return
    for one in results:
        click.echo(f"phase {one.phase} {one.verdict}: {one.report}", err=True)
        if one.failure is not None:
            click.echo("\n".join(ways_out(one.failure)), err=True)


def require_passed(results: "Sequence[PhaseResult]") -> None:
    """Raise SystemExit(1) unless every phase passed."""
    bad = [f"phase {one.phase}: {', '.join(one.failed)}" for one in results if not one.is_pass]
    if bad:
        click.echo(f"moonlanding: not passed: {'; '.join(bad)}", err=True)
        raise SystemExit(1)


@click.command("status")
@click.option("--checks", "with_checks", is_flag=True, help="Every check of every database too.")
@as_json
@click.pass_obj
def status_verb(settings: Settings, with_checks: bool, as_json: bool) -> None:
    """Phases, verdicts, sign-offs, freshness, next step.

    A verdict counts for the very bytes that it judged. Exits with 1 when a phase did not pass, or
    when a check of a database did not pass, is missing, or is older than the database.
    """
    from moonlanding_assets.console.conclusion import conclude, require_checks
    from moonlanding_assets.console.results import read_result
    from moonlanding_assets.console.status import read_status, show_status
    from moonlanding_assets.cutover.switch.signing import is_signed
    from moonlanding_assets.parallel.state.standing import read_standing

    found = [read_result(settings.layout, fraction) for fraction in FRACTIONS]
    results = [one for one in found if one is not None]
    status = read_status(settings.layout)
    if with_checks and not as_json:
        conclude(settings, results, runs=(), as_json=False, with_verification=True)
    parallel = read_standing(settings.layout, signed=is_signed)
    show_status(status, results, as_json=as_json, parallel=parallel)
    if parallel is not None and parallel.is_followed:
        return  # the phases judged the database of before; sync and drift answer for it since
    require_checks(results, with_verification=True)
    if not status.is_pass:
        raise SystemExit(1)


@click.command("watch")
@click.option("--once", is_flag=True, help="One look, then end.")
@as_json
@click.pass_obj
def watch_verb(settings: Settings, once: bool, as_json: bool) -> None:
    """What the phase that runs is doing; Ctrl-C ends the watching.

    Its step, rows by table, documents a second, the size of the database and its -wal, and the end
    of the phase's log. Ends with the run.
    """
    from rich.console import Console

    from moonlanding_assets.console import watching
    from moonlanding_assets.cutover import seen

    phase = seen.latest_phase(settings.layout)
    if phase is None:
        click.echo("{}" if as_json else "no phase has run yet: `moonlanding run 3.4`")
    elif as_json:
        found = seen.look(settings.layout, phase)
        click.echo(json.dumps(watching.as_content(found), indent=2))
    elif once or not Console().is_terminal:
        click.echo("\n".join(seen.lines(seen.look(settings.layout, phase))))
    else:
        watching.watch(settings.layout, Console())


@click.command("approve")
@click.argument("phase", type=click.Choice([*PHASES, *LIVE_PHASES]))
@click.option("--by", required=True, help="Your name, as it shall be shown.")
@as_json
@click.pass_obj
def approve_verb(settings: Settings, phase: str, by: str, as_json: bool) -> None:
    """Sign the evidence of a PHASE with your name.

    Refused while evidence is missing; void once the data change. Kept in data/signoffs.jsonl, where
    each line holds the hash of the line before. 3.9 is signed in S5, on everything that led there;
    3.10 in S9, on the soak and the archive.
    """
    from moonlanding_assets.console.running import announce
    from moonlanding_assets.cutover.approval import approve
    from moonlanding_assets.cutover.completion.walking import approve_completion
    from moonlanding_assets.cutover.live_phases import SWITCH
    from moonlanding_assets.cutover.phases import BY_NUMBER
    from moonlanding_assets.cutover.switch.signing import sign_switch

    if phase in BY_NUMBER:
        signature = approve(settings.layout, BY_NUMBER[phase], by=by)
    elif phase == SWITCH.number:
        signature = sign_switch(settings.layout, by=by)
    else:
        signature = approve_completion(settings.layout, by=by)
    announce(settings, signature)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(signature), indent=2))
    else:
        said = f"phase {phase} is signed by {signature.by}: evidence {signature.evidence[:16]}"
        click.echo(f"{said}, line {signature.number} of the log, hash {signature.hash[:16]}")


VERBS = (run_verb, status_verb, watch_verb, approve_verb, *BACKUP_VERBS)
