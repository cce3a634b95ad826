"""Telling the world outside that a phase ended: a Python callable, a webhook, or both.

Holds the sending. A notice that cannot be delivered is a line in the phase's log and never more:
whether a phase passed does not hang on somebody else's server. No value of a document is in it.
"""

import importlib
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass

import orjson

from moonlanding_assets.cutover.failing import Failure, Stop
from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.cutover.receipt import FAILED, Receipt
from moonlanding_assets.settings import Layout

WAIT_SECONDS = 5.0
STOPPED = "STOPPED"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is sent, as JSON.

    `verdict`: PASS, FAIL, or STOPPED when the run was interrupted. `step` and `cause` say where it
    failed and of what, "" when it did not.
    """

    phase: str
    title: str
    verdict: str
    evidence: str
    run_id: str
    report: str
    step: str = ""
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipients:
    """Who is told: a webhook's address and a callable as "module:function"; "" for none."""

    url: str = ""
    call: str = ""


def send(notice: Notice, recipients: Recipients) -> tuple[str, ...]:
    """Deliver to both; what went wrong, in words."""
    trouble = []
    if recipients.call:
        trouble += _tried("the callable", _called, notice, recipients.call)
    if recipients.url:
        trouble += _tried("the webhook", _posted, notice, recipients.url)
    return tuple(trouble)


def notice_of(
    layout: Layout,
    phase: Phase,
    *,
    run_id: str,
    receipt: Receipt | None,
    stop: Stop | None = None,
    failure: Failure | None = None,
) -> Notice:
    """What became of a run of the phase.

    receipt: that this run made. stop: what ended it early, and failure: what its report says of
    that, None when no report could be written.
    """
    has_failed = stop is not None and not stop.is_interrupt
    verdict = STOPPED if receipt is None else receipt.verdict
    step, cause = ("", "") if stop is None or not has_failed else (stop.asset, stop.kind)
    return Notice(
        phase=phase.number,
        title=phase.title,
        verdict=FAILED if has_failed else verdict,
        evidence="" if receipt is None else receipt.evidence,
        run_id=run_id,
        report=str(layout.phase(phase.number) / "report.html"),
        step=step if failure is None else failure.place,
        cause=cause if failure is None else failure.cause,
    )


def _tried(
    what: str, deliver: Callable[[Notice, str], None], notice: Notice, where: str
) -> list[str]:
    try:
        deliver(notice, where)
    except Exception as error:  # whatever their code raises is not ours to fail on
        return [f"{what} was not told: {type(error).__name__}"]
    return []


def _called(notice: Notice, call: str) -> None:
    module, _, name = call.partition(":")
    getattr(importlib.import_module(module), name)(asdict(notice))


def _posted(notice: Notice, url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("a webhook is an http or https address")
    request = urllib.request.Request(  # noqa: S310  (the scheme is checked above)
        url,
        data=orjson.dumps(asdict(notice)),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS):  # noqa: S310  (as above)
        return
