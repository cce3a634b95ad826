"""How a command that shows results ends: tables or JSON, and exit code 1 unless all passed."""

import dataclasses
import json
from collections.abc import Sequence

import click

from moonlanding_assets.console.results import FractionResult, read_withheld
from moonlanding_assets.console.summary import TimedRun, print_summary
from moonlanding_assets.console.terminal import wide_console
from moonlanding_assets.settings import Settings

CHECK_FAILED = 1


def conclude(
    settings: Settings,
    results: Sequence[FractionResult],
    *,
    runs: Sequence[TimedRun],
    as_json: bool,
    with_verification: bool = False,
) -> None:
    """Print what came out; raises SystemExit(1) unless every check passed.

    with_verification: the twelve checks count too, where they were asked.
    """
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    elif results:
        console = wide_console()
        print_summary(console, results, withheld=read_withheld(settings.layout), runs=runs)
    else:
        click.echo("no database yet: `moonlanding demo` makes three, `moonlanding run 3.4` one")
    require_checks(results, with_verification=with_verification)


def require_checks(results: Sequence[FractionResult], *, with_verification: bool = False) -> None:
    """Raise SystemExit(1), naming them, unless every check of these databases passed."""
    bad = [
        f"{result.fraction} {check.title}: {check.verdict}"
        for result in results
        for check in (*result.checks, *(result.verification if with_verification else ()))
        if not check.is_pass
    ]
    if bad:
        click.echo(f"moonlanding: not passed: {'; '.join(bad)}", err=True)
        raise SystemExit(CHECK_FAILED)
