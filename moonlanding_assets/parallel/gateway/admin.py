"""The gateway's HTTP for those who run it: health, metrics, and admin verbs for this machine only.

Holds no document: everything is asked of the router.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from moonlanding_assets.parallel.gateway.documents import UnavailableError
from moonlanding_assets.parallel.gateway.router import Router
from moonlanding_assets.parallel.gateway.watched import (
    ADMIN,
    ANSWERS,
    STARTED,
    process,
    process_text,
)

HEALTH_SECONDS = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AdminHandlers:
    """`health_path` is a document that both sides have."""

    def __init__(self, router: Router, admin_token: str, health_path: str) -> None:
        self._router = router
        self._admin_token = admin_token
        self._health_path = health_path

    def routes(self) -> list[web.RouteDef]:
        """Where everything answers."""
        verbs = (self.close, self.drain, self.open, self.reload, self.fence)
        return [
            web.get("/healthz", self.health),
            web.get("/metrics", self.metrics),
            web.get("/admin/status", self.admin(self.status)),
            *(web.post(f"/admin/{verb.__name__}", self.admin(verb)) for verb in verbs),
        ]

    async def health(self, request: web.Request) -> web.Response:
        """A real read of one document from both sides; 200 if the authority answers in time."""
        del request
        row = self._router.route.row
        sides = {side: await self._is_answering(side) for side in ("OLD", "NEW")}
        body = {
            "state": row.state,
            "epoch": row.epoch,
            "gate": "open" if self._router.gate.is_open else "closed",
            "sides": sides,
        }
        return web.json_response(body, status=200 if sides[row.authority] else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text."""
        del request
        return web.Response(text=self._router.metrics.text(self._gauges()) + process_text())

    def admin(self, verb: Handler) -> Handler:
        """The verb for those on this machine who know the token; 403 for everybody else."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            given = request.headers.get(ADMIN, "").encode()
            is_known = hmac.compare_digest(given, self._admin_token.encode())
            remote = request.remote
            is_here = remote is not None and ipaddress.ip_address(remote).is_loopback
            if not (is_known and is_here):
                return web.json_response({"error": "not for you"}, status=403)
            return await verb(request)

        return guarded

    async def status(self, request: web.Request) -> web.Response:
        """The route, the gate, and what was measured."""
        del request
        route = self._router.route
        counts, canary = self._router.measuring.shadow.counts, self._router.measuring.canary
        body = {
            "state": route.row.state,
            "epoch": route.row.epoch,
            "percent": route.percent,
            "is_gate_open": self._router.gate.is_open,
            "in_flight_writes": self._router.gate.in_flight,
            "held_writes": self._router.gate.held,
            "holds": self._router.gate.hold_figures(),
            "answers": self._router.metrics.by_label(ANSWERS, "code"),
            "started": process().get(STARTED),
            "shadow": counts.evidence(),
            "shadow_ignored": dict(counts.reasons),
            "canary": canary.evidence(),
            "mismatches": [[one.path, list(one.fields)] for one in counts.mismatches],
        }
        return web.json_response(body)

    async def close(self, request: web.Request) -> web.Response:
        """Hold writes, whatever the row says."""
        await self._router.hold(True)
        return await self.status(request)

    async def open(self, request: web.Request) -> web.Response:
        """Let the gate follow the row again."""
        await self._router.hold(False)
        return await self.status(request)

    async def reload(self, request: web.Request) -> web.Response:
        """Read the row now."""
        await self._router.reload()
        return await self.status(request)

    async def drain(self, request: web.Request) -> web.Response:
        """Wait until no write is in flight; 503 when that takes longer than `seconds`."""
        seconds = float(request.query.get("seconds", "2"))
        is_empty = await self._router.gate.drain(seconds=seconds)
        return web.json_response({"is_drained": is_empty}, status=200 if is_empty else 503)

    async def fence(self, request: web.Request) -> web.Response:
        """A side accepts writes of this epoch only, or of none."""
        side, text = request.query.get("side", ""), request.query.get("epoch", "")
        if side not in ("OLD", "NEW") or not (text == "none" or text.isdigit()):
            raise ValueError("fence needs side=OLD|NEW and epoch=NUMBER|none")
        epoch = None if text == "none" else int(text)
        fence = self._router.sides["OLD" if side == "OLD" else "NEW"].fence
        await self._router.blocking(partial(fence, epoch))
        return web.json_response({"side": side, "epoch": epoch})

    async def _is_answering(self, side: str) -> bool:
        reads = self._router.sides["OLD" if side == "OLD" else "NEW"].read
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                return await self._router.blocking(partial(reads, self._health_path)) is not None
        except (UnavailableError, TimeoutError):
            return False

    def _gauges(self) -> dict[str, float]:
        row, gate = self._router.route.row, self._router.gate
        return {
            "gate_open": float(gate.is_open),
            "writes_in_flight": gate.in_flight,
            "writes_held": gate.held,
            "epoch": row.epoch,
            "state": int(row.state[1:]),
        }
