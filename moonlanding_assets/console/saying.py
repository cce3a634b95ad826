"""What a verb that acts says: lines for people, with --json an object for programs.

Holds no work, and no words of its own. Verbs that serve print an object a line.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

IN_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")


def say(found: Mapping[str, Any], *lines: str, as_json: bool) -> None:
    """Print the lines, or what was found."""
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(lines))


def speaker(*, as_json: bool) -> Callable[[str], None]:
    """For a service, which speaks as long as it runs: lines as they are, or {"said": line}."""

    def spoken(text: str) -> None:
        click.echo(json.dumps({"said": text}) if as_json else text)

    return spoken
