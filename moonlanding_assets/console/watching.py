"""`moonlanding watch`: what cutover/seen.py sees, again every second on a terminal."""

import dataclasses
import threading

from rich.console import Console
from rich.live import Live
from rich.text import Text

from moonlanding_assets.cutover.seen import Seen, latest_phase, lines, look
from moonlanding_assets.settings import Layout

EVERY_SECONDS = 1.0


def watch(layout: Layout, console: Console) -> None:
    """Show it until the run ends; once when none is running."""
    pause = threading.Event()
    with Live(console=console, refresh_per_second=2, transient=False) as live:
        while True:
            phase = latest_phase(layout)
            if phase is None:
                live.update(Text("no phase has run yet: `moonlanding run 3.4`"))
                return
            seen = look(layout, phase)
            live.update(Text("\n".join(lines(seen))))
            if not seen.is_running:
                return
            pause.wait(EVERY_SECONDS)


def as_content(seen: Seen) -> dict[str, object]:
    """The look as JSON content."""
    return dataclasses.asdict(seen)
