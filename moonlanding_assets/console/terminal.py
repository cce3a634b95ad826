"""Where tables are printed. Holds no table."""

from rich.console import Console


def wide_console() -> Console:
    """The terminal's width, or 120 columns into a file."""
    wide = Console()
    return wide if wide.is_terminal else Console(width=120)
