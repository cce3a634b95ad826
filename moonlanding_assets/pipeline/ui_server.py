"""The process that `moonlanding ui` becomes: the web server with the reports, the daemon beside it.

The parts are those of `dagster dev`, put together in the same way: one code server for both, so
that definitions are loaded once. Started as `python -m moonlanding_assets.pipeline.ui_server PORT`
with DAGSTER_HOME and MOONLANDING_DATA set.
"""

import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from dagster import DagsterInstance
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_shared.yaml_utils import dump_run_config_yaml
from dagster_webserver.webserver import DagsterWebserver
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from moonlanding_assets.pipeline.instance import PROJECT_DIRECTORY
from moonlanding_assets.pipeline.served_reports import PLACE, report_file
from moonlanding_assets.settings import read_settings

WORKSPACE = str(PROJECT_DIRECTORY / "workspace.yaml")
POLL_MILLISECONDS = 2_000
END_SECONDS = 10
#: a report needs nothing but its own bytes, and may not act in the UI's name
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class ReportsServer(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's own web server, with one more route."""

    def build_routes(self) -> list[BaseRoute]:
        """The reports before everything, since the last of Dagster's routes takes any path."""
        theirs: list[BaseRoute] = super().build_routes()  # type: ignore[no-untyped-call]
        return [Route(f"{PLACE}/{{name:path}}", _answer), *theirs]


def _answer(request: Request) -> Response:
    file = report_file(read_settings().layout, request.path_params["name"])
    if file is None:
        return PlainTextResponse("There is no such report (any more).", status_code=404)
    return FileResponse(file, headers=HEADERS)


def serve(port: int) -> bool:
    """Serve on 127.0.0.1 until Ctrl-C or SIGTERM; False when the daemon ended before."""
    with (
        DagsterInstance.get() as instance,
        _code_server(instance) as workspace,
        _daemon(workspace) as daemon,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([workspace])) as places,
    ):
        app = ReportsServer(places, "", POLL_MILLISECONDS).create_asgi_app()
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="warning",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)
        threading.Thread(target=_end_with, args=(daemon, server), daemon=True).start()
        server.run()
        return daemon.poll() is None


@contextmanager
def _code_server(instance: DagsterInstance) -> Iterator[str]:
    """A server with the definitions; the name of a workspace file that says where it is."""
    target = WorkspaceFileTarget([WORKSPACE])
    with (
        ProxyServerManager(instance, target, code_server_log_level="WARNING") as servers,
        tempfile.TemporaryDirectory() as room,
    ):
        file = Path(room) / "workspace.yaml"
        content: dict[str, Any] = {"load_from": servers.get_code_server_specs()}
        file.write_text(dump_run_config_yaml(content))
        yield str(file)


@contextmanager
def _daemon(workspace: str) -> Iterator["subprocess.Popen[bytes]"]:
    """What starts queued runs, schedules and sensors; it ends with the block."""
    words = [sys.executable, "-m", "dagster._daemon", "run", "-w", workspace]
    process = subprocess.Popen([*words, "--log-level", "warning"])  # noqa: S603 (our own words)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _end_with(daemon: "subprocess.Popen[bytes]", server: uvicorn.Server) -> None:
    """A UI whose daemon is gone would queue runs for ever."""
    daemon.wait()
    server.should_exit = True


def main() -> int:
    """The exit code: 0 after Ctrl-C and SIGTERM, which is how it is meant to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the daemon is ended too
    try:
        return 0 if serve(int(sys.argv[1])) else 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
