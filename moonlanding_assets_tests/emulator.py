"""The official Firestore emulator, a real server for tests: found, started, spoken to, stopped.

It belongs to the Google Cloud SDK and is never shipped here. Holds no test.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JAR_VARIABLE = "FIRESTORE_EMULATOR_JAR"
START_SECONDS = 120
STOP_SECONDS = 30

_JAR = Path("platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
_SDK_FOLDERS = (
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/usr/local/google-cloud-sdk",
    "~/google-cloud-sdk",
)
_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


@dataclass(frozen=True)
class FirestoreEmulator:
    """A running emulator; `address` is host:port. Projects come into being when named."""

    address: str
    pid: int

    def export(
        self, project: str, directory: Path, *, name: str = "export", database: str = "(default)"
    ) -> Path:
        """Take a managed export; returns its directory, directory/name."""
        directory.mkdir(parents=True, exist_ok=True)
        body = {"export_directory": str(directory), "export_name": name}
        self._control(project, "export", body, database=database)
        return directory / name

    def import_(self, project: str, overall: Path, *, database: str = "(default)") -> None:
        """Bring in a managed export by its overall metadata file; keys move to the project."""
        self._control(project, "import", {"export_directory": str(overall)}, database=database)

    def _control(self, project: str, verb: str, body: dict[str, str], *, database: str) -> None:
        content = {"database": f"projects/{project}/databases/{database}", **body}
        request = urllib.request.Request(
            f"http://{self.address}/emulator/v1/projects/{project}:{verb}",
            data=json.dumps(content).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                raise AssertionError(f"the emulator refused: {refused.read().decode()}") from None


def find_jar(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The emulator's jar: named by the variable, in gcloud's SDK, or in a usual folder."""
    if environment.get(JAR_VARIABLE):
        named = Path(environment[JAR_VARIABLE])
        return named if named.is_file() else None
    gcloud = shutil.which("gcloud")
    folders = [Path(gcloud).resolve().parent.parent] if gcloud else []
    folders += [Path(folder).expanduser() for folder in _SDK_FOLDERS]
    return next((folder / _JAR for folder in folders if (folder / _JAR).is_file()), None)


def what_is_missing() -> str | None:
    """Why the emulator cannot be started, or None."""
    if find_jar() is None:
        return f"the Firestore emulator is not installed: gcloud's component, or {JAR_VARIABLE}"
    if shutil.which("java") is None:
        return "the Firestore emulator needs java on the PATH"
    return None


@contextlib.contextmanager
def running(log: Path, *, port: int = 0, heap: str = "1g") -> Iterator[FirestoreEmulator]:
    """A started emulator, stopped at the end; its output goes to `log`. port: 0 is any.

    heap: java's; it keeps every version of a document, and what a slow listener has yet to take.
    """
    port = port or _free_port()
    command = [
        "java", f"-Xmx{heap}", "-Duser.language=en", "-cp", str(find_jar()), _MAIN,
        "start", "--host=127.0.0.1", f"--port={port}",
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(process, f"127.0.0.1:{port}", log)
            yield FirestoreEmulator(f"127.0.0.1:{port}", process.pid)
        finally:
            _stop(process)


def _wait(process: "subprocess.Popen[Any]", address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(address):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
        if process.returncode is not None or time.monotonic() > deadline:
            end = log.read_text(errors="replace")[-2000:]
            raise AssertionError(f"the emulator did not start in {START_SECONDS} s: {end}")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/", timeout=5) as answer:
            return bool(answer.read().strip() == b"Ok")
    except OSError:
        return False


def _stop(process: "subprocess.Popen[Any]") -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
