"""The verb `verify`: the twelve checks of a finished file. Holds parsing and printing only.

The heavy imports are inside the verb, so that --help answers at once.
"""

from typing import TYPE_CHECKING

import click

from moonlanding_assets.settings import FRACTIONS, Settings

if TYPE_CHECKING:
    from moonlanding_assets.validate.verification_report import Verification

SHOWN_FINDINGS = 5


@click.command("verify")
@click.argument("fraction", type=click.Choice(FRACTIONS), default="100%")
@click.option("--seed", default="", help="What is drawn.  [default: given by the file itself]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_obj
def verify_verb(settings: Settings, fraction: str, seed: str, as_json: bool) -> None:
    """Ask twelve questions of the finished file of a FRACTION (100% unless named).

    People, clients, RFIs, coordinates, times, paths, permissions, logs, the screens of the
    application, documents drawn from the export, orphans, speed. Reads only; works on a copy.
    Exits with 1 unless 12/12 pass.
    """
    from contextlib import closing

    from moonlanding_assets.console.work import session
    from moonlanding_assets.cutover.phases import VERIFICATION
    from moonlanding_assets.pipeline.p4_verify import SEED_TAG
    from moonlanding_assets.validate.evidence import Evidence
    from moonlanding_assets.validate.verification_report import Verification

    with closing(Evidence(settings.layout, fraction)) as evidence:
        evidence.check_inputs()  # refused at once, before a run begins
    with session(settings) as work:
        work.run(
            "verify_fraction", f"verify {fraction}", fraction, tags={SEED_TAG: seed} if seed else {}
        )
    file = settings.layout.report(fraction, VERIFICATION)
    found = Verification.from_json(file.read_text())
    if as_json:
        click.echo(found.to_json())
    else:
        _say(found)
        click.echo(f"report: {file.with_suffix('.md')}")
    if found.passed < len(found.checks):
        bad = [one.report.title for one in found.checks if one.report.verdict != "PASS"]
        click.echo(f"moonlanding: not passed: {'; '.join(bad)}", err=True)
        raise SystemExit(1)


def _say(found: "Verification") -> None:
    """The twelve as a table, then the first findings of those that did not pass."""
    from moonlanding_assets.console.summary import verification_lines
    from moonlanding_assets.console.terminal import wide_console

    console = wide_console()
    console.print(verification_lines(found))
    for one in found.checks:
        for finding in one.report.findings[:SHOWN_FINDINGS]:
            named = (finding.table, finding.kind, finding.row_id or finding.path, finding.detail)
            line = "  ".join(part for part in named if part)
            console.print(f"{one.report.name}: {line}", markup=False, highlight=False)
        if one.report.error:
            console.print(f"{one.report.name}: {one.report.error}", markup=False)
