"""The generated pages of docs/: the commands with their help, and the assets. Holds no prose."""

from collections.abc import Iterator
from pathlib import Path

import click

from moonlanding_assets.cutover.completion.schema import final_schema_page
from moonlanding_assets.cutover.phases_page import phases_page
from moonlanding_assets.cutover.report_schema import schema_page
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.listing import asset_lines

MADE = "<!-- Written by `make docs`. Change the code, not this page. -->"


def write_pages(cli: click.Group, out: Path) -> tuple[Path, ...]:
    """Write the generated pages into `out`; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    pages = {
        "commands.md": commands_page(cli),
        "assets.md": assets_page(),
        "phases.md": phases_page(MADE),
        "report-schema.md": schema_page(MADE),
        "final-report.md": final_schema_page(MADE),
    }
    for name, text in pages.items():
        (out / name).write_text(text)
    return tuple(out / name for name in pages)


def commands_page(cli: click.Group) -> str:
    """Every command with its --help."""
    return "\n".join(["# Commands", "", MADE, *_helps(cli)]) + "\n"


def _helps(cli: click.Group) -> Iterator[str]:
    names = cli.context_settings["help_option_names"]
    with click.Context(
        cli, info_name="moonlanding", max_content_width=88, help_option_names=names
    ) as whole:
        yield from _fenced("moonlanding", cli.get_help(whole))
        yield from _below(cli, whole)


def _below(group: click.Group, above: click.Context) -> Iterator[str]:
    """Its commands, and theirs."""
    for name, command in group.commands.items():
        with click.Context(command, parent=above, info_name=name, max_content_width=88) as context:
            yield from _fenced(context.command_path, command.get_help(context))
            if isinstance(command, click.Group):
                yield from _below(command, context)


def _fenced(title: str, text: str) -> Iterator[str]:
    yield from ("", f"## {title}", "", "```text", text.strip(), "```")


def assets_page() -> str:
    """Every asset by group, in running order."""
    lines = ["# Assets", "", MADE, ""]
    lines += ["Partitioned assets have the partitions 1%, 10% and 100%.", ""]
    group = ""
    for asset in asset_lines(DEFINITIONS):
        if asset.group != group:
            group = asset.group
            lines += [f"## {group}", "", "| asset | kinds | partitioned | checks | what |"]
            lines += ["|---|---|---|---|---|"]
        is_partitioned = "yes" if asset.is_partitioned else "no"
        lines.append(
            f"| `{asset.key}` | {', '.join(asset.kinds)} | {is_partitioned} "
            f"| {', '.join(asset.checks) or '-'} | {asset.description} |"
        )
    return "\n".join(lines) + "\n"
