"""The gateway's HTTP: documents, health, metrics, and admin verbs for this machine only.

Holds no route and no state: everything is asked of the router. Values of documents are never
logged.
"""

import asyncio
import hmac
import ipaddress
import stat
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import orjson
from aiohttp import web

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway_documents import (
    CannotCarryError,
    NoDocumentError,
    Patch,
    UnavailableError,
)
from moonlanding_assets.parallel.gateway_route import token_of
from moonlanding_assets.parallel.gateway_router import NotNowError, Router
from moonlanding_assets.source.value import canonical

ANSWERED_BY, EPOCH = "X-Moonlanding-Answered-By", "X-Moonlanding-Epoch"
USER, TOKEN, KEY = "X-Moonlanding-User", "X-Moonlanding-Token", "Idempotency-Key"
ADMIN = "X-Moonlanding-Admin"
RETRY_AFTER_SECONDS = "1"
HEALTH_SECONDS = 2.0
_LARGEST_BODY = 4 * 2**20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def read_admin_token(file: Path) -> str:
    """The token of the admin verbs; raises SettingsError when others may read the file."""
    if not file.is_file() or stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise SettingsError(f"{file}: the admin token is a file that only its owner reads (0600)")
    token = file.read_text().strip()
    if len(token) < 32:
        raise SettingsError(f"{file}: the admin token has at least 32 characters")
    return token


def gateway(router: Router, *, admin_token: str, health_path: str) -> web.Application:
    """The application; `health_path` is a document that both sides have."""
    handlers = _Handlers(router, admin_token, health_path)
    app = web.Application(middlewares=[_refusals], client_max_size=_LARGEST_BODY)
    app.add_routes(
        [
            web.get("/documents/{path:.+}", handlers.read),
            web.patch("/documents/{path:.+}", handlers.write),
            web.get("/healthz", handlers.health),
            web.get("/metrics", handlers.metrics),
            web.get("/admin/status", handlers.admin(handlers.status)),
            web.post("/admin/close", handlers.admin(handlers.close)),
            web.post("/admin/drain", handlers.admin(handlers.drain)),
            web.post("/admin/open", handlers.admin(handlers.open)),
            web.post("/admin/reload", handlers.admin(handlers.reload)),
            web.post("/admin/fence", handlers.admin(handlers.fence)),
        ]
    )
    app.cleanup_ctx.append(partial(_running, router))
    return app


async def _running(router: Router, app: web.Application) -> AsyncIterator[None]:
    del app
    await router.start()
    yield
    await router.stop()


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except NotNowError as error:
        headers = {"Retry-After": RETRY_AFTER_SECONDS}
        return web.json_response({"error": str(error)}, status=503, headers=headers)
    except NoDocumentError:
        return web.json_response({"error": "there is no such document"}, status=404)
    except CannotCarryError as error:
        return web.json_response({"error": str(error)}, status=422)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)


class _Handlers:
    def __init__(self, router: Router, admin_token: str, health_path: str) -> None:
        self._router = router
        self._admin_token = admin_token
        self._health_path = health_path

    async def read(self, request: web.Request) -> web.Response:
        token = token_of(request.headers.get(TOKEN, ""))
        user = request.headers.get(USER, "")
        answered = await self._router.read(_path(request), user=user, token=token)
        headers = {ANSWERED_BY: answered.side, EPOCH: str(answered.epoch)}
        if answered.fields is None:
            error = {"error": "there is no such document"}
            return web.json_response(error, status=404, headers=headers)
        text = f'{{"fields":{canonical(answered.fields)}}}'
        return web.Response(text=text, content_type="application/json", headers=headers)

    async def write(self, request: web.Request) -> web.Response:
        path, fields = _path(request), _fields(await request.read())
        token = token_of(request.headers.get(TOKEN, ""))
        key = request.headers.get(KEY) or str(uuid.uuid4())
        patch = Patch(path=path, fields=fields, key=key)
        side, epoch, version = await self._router.write(patch, is_named=KEY in request.headers)
        headers = {
            ANSWERED_BY: side,
            EPOCH: str(epoch),
            KEY: key,
            TOKEN: token.with_write(path, version).text(),
        }
        return web.json_response({"version": version}, headers=headers)

    async def health(self, request: web.Request) -> web.Response:
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
        del request
        return web.Response(text=self._router.metrics.text(self._gauges()))

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
        del request
        route = self._router.route
        counts = self._router.shadow.counts
        body = {
            "state": route.row.state,
            "epoch": route.row.epoch,
            "percent": route.percent,
            "is_gate_open": self._router.gate.is_open,
            "in_flight_writes": self._router.gate.in_flight,
            "held_writes": self._router.gate.held,
            "shadow": counts.evidence(),
            "shadow_ignored": dict(counts.reasons),
            "mismatches": [[one.path, list(one.fields)] for one in counts.mismatches],
        }
        return web.json_response(body)

    async def close(self, request: web.Request) -> web.Response:
        await self._router.hold(True)
        return await self.status(request)

    async def open(self, request: web.Request) -> web.Response:
        await self._router.hold(False)
        return await self.status(request)

    async def reload(self, request: web.Request) -> web.Response:
        await self._router.reload()
        return await self.status(request)

    async def drain(self, request: web.Request) -> web.Response:
        seconds = float(request.query.get("seconds", "2"))
        is_empty = await self._router.gate.drain(seconds=seconds)
        return web.json_response({"is_drained": is_empty}, status=200 if is_empty else 503)

    async def fence(self, request: web.Request) -> web.Response:
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


def _path(request: web.Request) -> str:
    path = request.match_info["path"]
    if path.count("/") % 2 == 0 or "//" in path:
        raise ValueError("a document's path has an even number of parts")
    return path


def _fields(body: bytes) -> dict[str, dict[str, object]]:
    content = orjson.loads(body)
    fields = content.get("fields") if isinstance(content, dict) else None
    if not isinstance(fields, dict) or not fields:
        raise ValueError('a write is {"fields": {NAME: VALUE}} in the REST encoding')
    if not all(isinstance(value, dict) and len(value) == 1 for value in fields.values()):
        raise ValueError("a value is one kind and its content")
    return fields
