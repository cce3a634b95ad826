"""The Dagster UI on this project's instance: this process becomes its server."""

import os
import signal
import sys
from typing import NoReturn

from moonlanding_assets.pipeline.instance import write_home
from moonlanding_assets.settings import Settings


def become_ui(settings: Settings, port: int) -> NoReturn:
    """Serve on 127.0.0.1 only (Dagster asks nobody who he is) until Ctrl-C or SIGTERM."""
    home = write_home(settings)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "MOONLANDING_DATA": str(settings.data),
    }
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # a job in a script's background ignores them
    os.chdir(home)
    command = [sys.executable, "-m", "moonlanding_assets.pipeline.ui_server", str(port)]
    os.execve(sys.executable, command, environment)  # noqa: S606 (our own interpreter)
