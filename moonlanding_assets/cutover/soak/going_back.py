"""The way back of an armed monitor: the reverse switch itself, with the real parts.

The same call as `moonlanding cutover reverse`, with its prechecks, its record and its lease. Holds
no decision about when (monitor.py). Undo: switch again, once what was wrong is mended.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from moonlanding_assets.cutover.soak.monitor import BY_ITSELF, Reverse
from moonlanding_assets.cutover.switch.opening import opened_parts
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.running import Asked, recover, reverse
from moonlanding_assets.parallel.state.advancing import present_row
from moonlanding_assets.settings import Layout, Settings

#: Reads go back as well: what was met may be a matter of reads.
TARGET = "S2"


class Opened(Protocol):
    """Opens the parts of a switch for a block."""

    def __call__(self, settings: Settings, *, gateway: str) -> AbstractContextManager[Parts]:
        """The gateway at that address."""


def reverse_switch(settings: Settings, *, gateway: str, opened: Opened = opened_parts) -> Reverse:
    """What an armed monitor calls. One that a kill left half-done is brought to its end first.

    opened: the parts of a switch, for a block; tests hand in theirs.
    """

    def back(layout: Layout, reason: str) -> None:
        asked = Asked(by=BY_ITSELF, reason=reason, to=TARGET)
        with opened(settings, gateway=gateway) as parts:
            recover(layout, parts, asked)
            if present_row(layout).authority == "NEW":
                reverse(layout, parts, asked)

    return back
