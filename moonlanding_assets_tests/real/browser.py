"""A headless Chromium, and the UI server that it looks at. Both end with their `with` block."""

import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.webdriver import WebDriver

from moonlanding_assets_tests.real.command import command, environment
from moonlanding_assets_tests.real.parts import require

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1600,1000", "--hide-scrollbars",
)  # fmt: skip
START_SECONDS = 120


def require_chromium() -> None:
    """Skip without a browser; in CI that is a failure, since .ci/run installs one."""
    is_there = bool(CHROMIUM and CHROMEDRIVER)
    require(None if is_there else "needs the Debian packages chromium and chromium-driver")


@contextmanager
def browser(profile: Path) -> Iterator[WebDriver]:
    """A browser with a fresh profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=str(CHROMEDRIVER))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


@contextmanager
def served(data: Path, log: Path, extra: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """The address of `moonlanding ui` on a free port; `extra`: of its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w") as output:
        process = subprocess.Popen(
            command(data, "ui", "--port", str(port)),
            cwd=data.parent,
            env={**environment(), **extra},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/server_info", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            finally:
                process.kill()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    pause = threading.Event()
    for _ in range(START_SECONDS * 4):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pause.wait(0.25)
    pytest.fail(f"no answer after {START_SECONDS} s:\n{log.read_text()}")
