"""The gateway's HTTP for documents: read, listed, created, changed, deleted; and its refusals.

Holds no route and no state: everything is asked of the router. Health, metrics and admin verbs are
in admin.py. Values of documents are never logged.
"""

import base64
import hashlib
import stat
import uuid
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import orjson
from aiohttp import web

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway.admin import AdminHandlers, Handler
from moonlanding_assets.parallel.gateway.answers import answers_counted
from moonlanding_assets.parallel.gateway.documents import (
    MOST_OF_A_PAGE,
    CannotCarryError,
    ConflictError,
    Kind,
    NoDocumentError,
    Write,
)
from moonlanding_assets.parallel.gateway.firestore_calls import normal_fields
from moonlanding_assets.parallel.gateway.questions import ListPage, ReadOne
from moonlanding_assets.parallel.gateway.route import token_of
from moonlanding_assets.parallel.gateway.router import Answered, NotNowError, Router
from moonlanding_assets.source.value import Fields, canonical

ANSWERED_BY, EPOCH = "X-Moonlanding-Answered-By", "X-Moonlanding-Epoch"
USER, TOKEN, KEY = "X-Moonlanding-User", "X-Moonlanding-Token", "Idempotency-Key"
RETRY_AFTER_SECONDS = "1"
_LARGEST_BODY = 4 * 2**20
_NEW_ID_LETTERS = 20


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
    documents = _Documents(router)
    admin = AdminHandlers(router, admin_token, health_path)
    app = web.Application(
        middlewares=[answers_counted(router.metrics), _refusals], client_max_size=_LARGEST_BODY
    )
    app.add_routes(
        [
            web.get("/documents/{path:.+}", documents.read),
            web.post("/documents/{path:.+}", documents.create),
            web.patch("/documents/{path:.+}", documents.patch),
            web.put("/documents/{path:.+}", documents.put),
            web.delete("/documents/{path:.+}", documents.delete),
            *admin.routes(),
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
    except ConflictError as error:
        return web.json_response({"error": str(error)}, status=409)
    except CannotCarryError as error:
        return web.json_response({"error": str(error)}, status=422)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)


class _Documents:
    def __init__(self, router: Router) -> None:
        self._router = router

    async def read(self, request: web.Request) -> web.Response:
        """A document of a path, a page of a collection's path."""
        path = request.match_info["path"]
        question = ReadOne(_document(path)) if path.count("/") % 2 else _page_of(request, path)
        token = token_of(request.headers.get(TOKEN, ""))
        user = request.headers.get(USER, "")
        answered = await self._router.read(question, user=user, token=token)
        return _answer(question, answered)

    async def create(self, request: web.Request) -> web.Response:
        """A new document of a collection; the same key makes the same one, once."""
        collection, key = _collection(request.match_info["path"]), _key(request)
        path = f"{collection}/{new_id(key)}"
        return await self._write(request, "create", path, key, await _fields(request))

    async def patch(self, request: web.Request) -> web.Response:
        """Some fields of a document that is there."""
        path = _document(request.match_info["path"])
        fields = await _fields(request)
        if not fields:
            raise ValueError("a patch names at least one field")
        return await self._write(request, "patch", path, _key(request), fields)

    async def put(self, request: web.Request) -> web.Response:
        """Exactly these fields, whether it was there or not."""
        path = _document(request.match_info["path"])
        return await self._write(request, "put", path, _key(request), await _fields(request))

    async def delete(self, request: web.Request) -> web.Response:
        """A document that is there."""
        path = _document(request.match_info["path"])
        return await self._write(request, "delete", path, _key(request), {})

    async def _write(
        self, request: web.Request, kind: Kind, path: str, key: str, fields: Fields
    ) -> web.Response:
        token = token_of(request.headers.get(TOKEN, ""))
        is_named = KEY in request.headers
        write = Write(path=path, fields=fields, key=key, kind=kind, is_named=is_named)
        side, epoch, version = await self._router.write(write)
        headers = {
            ANSWERED_BY: side,
            EPOCH: str(epoch),
            KEY: key,
            TOKEN: token.with_write(path, version).text(),
        }
        body = {"path": path, "version": version}
        return web.json_response(body, status=201 if kind == "create" else 200, headers=headers)


def new_id(key: str) -> str:
    """The id of the document that the write of this key creates: always the same one."""
    digest = base64.b32encode(hashlib.sha256(key.encode()).digest()).decode("ascii")
    return digest[:_NEW_ID_LETTERS]


def _answer(question: ReadOne | ListPage, answered: Answered) -> web.Response:
    headers = {ANSWERED_BY: answered.side, EPOCH: str(answered.epoch)}
    if answered.answer is None:
        error = {"error": "there is no such document"}
        return web.json_response(error, status=404, headers=headers)
    if isinstance(answered.answer, tuple):
        listed = ",".join(
            f'{{"path":{orjson.dumps(path).decode()},"fields":{canonical(fields)}}}'
            for path, fields in answered.answer
        )
        is_full = isinstance(question, ListPage) and len(answered.answer) == question.limit
        last = answered.answer[-1][0].rpartition("/")[2] if is_full else None
        text = f'{{"documents":[{listed}],"next":{orjson.dumps(last).decode()}}}'
    else:
        text = f'{{"fields":{canonical(answered.answer)}}}'
    return web.Response(text=text, content_type="application/json", headers=headers)


def _key(request: web.Request) -> str:
    return request.headers.get(KEY) or str(uuid.uuid4())


def _document(path: str) -> str:
    if path.count("/") % 2 == 0 or not all(path.split("/")):
        raise ValueError("a document's path has an even number of parts, none of them empty")
    return path


def _collection(path: str) -> str:
    if path.count("/") % 2 or not all(path.split("/")):
        raise ValueError("a collection's path has an odd number of parts, none of them empty")
    return path


def _page_of(request: web.Request, path: str) -> ListPage:
    text = request.query.get("limit", "100")
    if not text.isdecimal() or not 1 <= int(text) <= MOST_OF_A_PAGE:
        raise ValueError(f"limit is a number from 1 to {MOST_OF_A_PAGE}")
    after = request.query.get("after", "")
    if "/" in after:
        raise ValueError("after is the id of a document")
    return ListPage(_collection(path), after, int(text))


async def _fields(request: web.Request) -> Fields:
    content = orjson.loads(await request.read())
    fields = content.get("fields") if isinstance(content, dict) else None
    if not isinstance(fields, dict):
        raise ValueError('a write is {"fields": {NAME: VALUE}} in the REST encoding')
    return normal_fields(fields)
