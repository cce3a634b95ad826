"""Where tables and progress are printed. Holds no table."""

import click
from rich.console import Console

QUIET = "moonlanding.quiet"  # of the call: --quiet was given


def wide_console() -> Console:
    """The terminal's width, or 120 columns into a file."""
    wide = Console()
    return wide if wide.is_terminal else Console(width=120)


def progress_console() -> Console:
    """Stderr, silent when the call asked for quiet."""
    context = click.get_current_context(silent=True)
    is_quiet = context is not None and bool(context.meta.get(QUIET))
    return Console(stderr=True, quiet=is_quiet)
