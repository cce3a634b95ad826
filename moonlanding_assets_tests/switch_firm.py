"""Both sides of one data directory, the sync and the gateway, each a process of its own. In S5.

For the tests and measurements of the switch. Holds no assertion of its own.
"""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moonlanding_assets.cutover.switch.course import Switch, Switched
from moonlanding_assets.cutover.switch.opening import opened_parts
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.real import SideFences
from moonlanding_assets.cutover.switch.steps import Limits
from moonlanding_assets.parallel.gateway.serving import ADMIN_FILE
from moonlanding_assets.parallel.service.process import running_process, said_now
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.settings import Layout, Settings, read_settings
from moonlanding_assets.source.value import string
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.evidence_of_change import good
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.real.command import command
from moonlanding_assets_tests.sync_service_kit import Projects, make_data, run, until

PATIENT = Limits(step_seconds=60.0, forward_seconds=60.0)
PORT_SECONDS = 60.0


@dataclass
class Firm:
    """One that runs. `address` of the gateway stays the same when it is started again."""

    layout: Layout
    projects: Projects
    parts: Parts = field(init=False)
    gateway: "subprocess.Popen[bytes]" = field(init=False)
    port: int = 0
    limits: Limits = PATIENT

    @property
    def address(self) -> str:
        """Of the gateway."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def control(self) -> Control:
        """The state row."""
        return Control(self.layout.control)

    @property
    def settings(self) -> Settings:
        """As a process of this firm reads them."""
        environment = {"MOONLANDING_DATA": str(self.layout.data), **self.projects.environment()}
        return read_settings(environment)

    @property
    def fences(self) -> SideFences:
        """The real ones."""
        assert isinstance(self.parts.fences, SideFences)
        return self.parts.fences

    @property
    def path(self) -> str:
        """Of the document that canaries write."""
        return self.fences.canary[0]

    def start_gateway(self) -> None:
        """A fresh process on the same port, once it answers."""
        log = (self.layout.parallel / "gateway.log").open("ab")
        with log:
            self.gateway = subprocess.Popen(
                command(self.layout.data, "gateway", "--port", str(self.port)),
                env=self.environment(), stdout=log, stderr=log,
            )  # fmt: skip
        until(self._answers, "a gateway that answers")

    def start_sync(self) -> None:
        """In the background, once it follows."""
        started = run(self.layout, self.projects, "start")
        assert started.returncode == 0, started.stderr

    def follows(self, flow: str = "OLD->NEW") -> bool:
        """Whether the sync follows, and has been told everything."""
        said = said_now(self.layout)
        return said.get("flowing") == flow and said.get("lag_seconds") is not None

    def kill_sync(self) -> None:
        """kill -9."""
        process = running_process(self.layout)
        if process is not None:
            os.kill(process, signal.SIGKILL)

    def kill_gateway(self) -> None:
        """kill -9."""
        self.gateway.kill()
        self.gateway.wait()

    def environment(self) -> dict[str, str]:
        """What names the projects to a process."""
        return {**os.environ, **self.projects.environment()}

    def cutover(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb of `moonlanding cutover`, run to its end."""
        return self.verb("cutover", *words, "--gateway", self.address)

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Any verb, run to its end."""
        return subprocess.run(
            command(self.layout.data, *words),
            env=self.environment(), capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    def switch(self) -> Switch:
        """A controller in this process."""
        return Switch(self.control, self.parts, by="a test", limits=self.limits)

    def go(self) -> Switched:
        """To S8, on evidence that is given."""
        return self.switch().go(evidence=good("S5", "S6"))

    def reverse(self) -> Switched:
        """Back to S5."""
        row = self.control.row()
        assert row is not None
        evidence = good(row.state, "S6", epoch=row.epoch)
        return self.switch().reverse(to="S5", evidence=evidence, reason="a test")

    def write(self, name: str) -> str:
        """Through the gateway; who took it."""
        body = json.dumps({"fields": {"name": string(name)}}).encode()
        request = urllib.request.Request(
            f"{self.address}/documents/{self.path}", data=body, method="PATCH"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            side: str = answer.headers["X-Moonlanding-Answered-By"]
        return side

    def name_in(self, side: Side) -> Any:
        """What the side has."""
        found = self.fences.sides[side].read(self.path)
        return None if found is None else found["name"]["stringValue"]

    def _answers(self) -> bool:
        assert self.gateway.poll() is None, "the gateway has ended"
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except OSError:
            return False


@contextmanager
def running_firm(layout: Layout, projects: Projects, *, limits: Limits = PATIENT) -> Iterator[Firm]:
    """The projects filled, the fences as in S5, sync and gateway running; all ended at the end."""
    projects.fill(layout)
    with ExitStack() as opened:
        firm = Firm(layout, projects, port=free_port(), limits=limits)
        opened.callback(firm_ended, firm)
        firm.start_sync()
        firm.start_gateway()
        assert (layout.parallel / ADMIN_FILE).is_file()
        firm.parts = opened.enter_context(opened_parts(firm.settings, gateway=firm.address))
        until(firm.follows, "a sync that follows and listeners that told all")
        yield firm


@contextmanager
def firm_in_emulator(project: str, *, scale: Scale) -> Iterator[Firm]:
    """A firm of that size in an emulator of its own, walked up to S5; all gone at the end."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with official.running(directory / "log.txt", heap="4g") as emulator:
            layout = ready(make_data(directory / "data", scale=scale))
            with running_firm(layout, Projects(emulator, project), limits=Limits()) as firm:
                yield firm


def firm_ended(firm: Firm) -> None:
    """Both processes."""
    if hasattr(firm, "gateway") and firm.gateway.poll() is None:
        firm.gateway.terminate()
        firm.gateway.wait()
    run(firm.layout, firm.projects, "stop")


def ready(layout: Layout) -> Layout:
    """The data directory of make_data, walked up to S5."""
    control_in(layout.parallel, "S1 S2 S3 S4 S5")
    return layout


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def waited(seconds: float) -> float:
    """Let time pass; now, by the monotonic clock."""
    threading.Event().wait(seconds)
    return time.monotonic()


def chats(firm: Firm, most: int) -> list[str]:
    """Documents that a gateway can write to again and again."""
    query = (
        "SELECT path FROM migration_documents WHERE outcome = 'loaded' "
        "AND path LIKE '%/chat/%' ORDER BY path LIMIT ?"
    )
    database: Path = firm.layout.database("100%")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [str(path) for (path,) in connection.execute(query, (most,))]
