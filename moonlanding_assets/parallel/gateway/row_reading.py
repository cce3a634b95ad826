"""The state row as the gateway follows it: read in a thread of its own, never behind a write.

Holds no route and no gate.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from moonlanding_assets.parallel.gateway.route import Route
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line

Told = tuple[Route, tuple[Line, ...]]


class RowReading:
    """One for a router. `close` it at the end."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="row")

    async def changed(self, known: Route | None) -> Told | None:
        """The route and the history; None while the row is the known one, and without a row."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._changed, known)

    def close(self) -> None:
        """No more reading."""
        self._pool.shutdown()

    def _changed(self, known: Route | None) -> Told | None:
        row = self._control.row()
        if row is None or (known is not None and row == known.row):
            return None
        return Route(row=row, percent=self._control.percent()), self._control.history()
