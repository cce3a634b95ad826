"""The gateway's Prometheus text, fetched from this machine and read. Holds no judgement of it."""

import ipaddress
import re
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from moonlanding_assets.cutover.soak.sample import Counters
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway.metrics import PREFIX
from moonlanding_assets.parallel.gateway.watched import ANSWER_SECONDS, ANSWERS, FDS, RSS, STARTED

GATEWAY = "http://127.0.0.1:8480"
WAIT_SECONDS = 3.0
_LARGEST_TEXT = 2**20
_LINE = re.compile(r"^([a-z_]+)(?:\{([^}]*)\})? ([0-9.eE+-]+)$")
_LABEL = re.compile(r'([a-z]+)="([^"]*)"')


def require_loopback(address: str) -> str:
    """The address of a gateway on this machine; raises SettingsError for any other."""
    parts = urlsplit(address)
    try:
        is_here = (
            parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        is_here = False
    if parts.scheme != "http" or not is_here:
        raise SettingsError(f"the gateway is watched on this machine, for example {GATEWAY}")
    return address.rstrip("/")


def scrape(address: str) -> tuple[Counters | None, dict[str, float]]:
    """The counters of answers, and gateway_rss_bytes, gateway_fds where the process says them.

    Raises OSError when nobody answers, ValueError when what comes is not understood.
    """
    with urllib.request.urlopen(f"{address}/metrics", timeout=WAIT_SECONDS) as answer:  # noqa: S310  (loopback http only)
        return parse(answer.read(_LARGEST_TEXT).decode())


def parse(text: str) -> tuple[Counters | None, dict[str, float]]:
    """The same of a text; None where it holds no histogram of answers or not when it began."""
    bounds: list[tuple[float, int]] = []
    codes: dict[str, int] = {}
    plain: dict[str, float] = {}
    for name, labels, value in _lines(text):
        if name == f"{PREFIX}{ANSWER_SECONDS}_bucket":
            bounds.append((float(labels["le"].replace("+Inf", "inf")), int(value)))
        elif name == f"{PREFIX}{ANSWERS}":
            codes[labels["code"]] = int(value)
        elif not labels:
            plain[name] = value
    wanted = {"gateway_rss_bytes": RSS, "gateway_fds": FDS}
    figures = {key: plain[name] for key, name in wanted.items() if name in plain}
    started = plain.get(STARTED)
    if started is None or not bounds:
        return None, figures
    reached = [0, *(count for _, count in bounds)]
    counters = Counters(
        started=started,
        codes=codes,
        bounds=tuple(bound for bound, _ in bounds[:-1]),
        buckets=tuple(now - then for then, now in pairwise(reached)),
    )
    return counters, figures


def _lines(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is not None:
            name, labels, value = found.groups()
            yield name, dict(_LABEL.findall(labels or "")), float(value)
