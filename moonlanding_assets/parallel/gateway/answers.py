"""What the gateway counts of its answers, for whoever watches over it.

Counts every answer to a request for documents, refusals and faults included, and how long it took.
Holds no judgement.
"""

import time
from asyncio import CancelledError

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from moonlanding_assets.parallel.gateway.metrics import Metrics
from moonlanding_assets.parallel.gateway.watched import ANSWER_SECONDS, ANSWERS

_GONE = 499  # the client went away before it was answered
_FAULT = 500


def answers_counted(metrics: Metrics) -> Middleware:
    """The outermost middleware: what it sees is what the client is told."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/documents/"):
            return await handler(request)
        started, status = time.monotonic(), _FAULT
        try:
            answer = await handler(request)
            status = answer.status
        except web.HTTPException as refused:
            status = refused.status
            raise
        except CancelledError:
            status = _GONE
            raise
        finally:
            metrics.add(ANSWERS, code=f"{status // 100}xx")
            metrics.took(ANSWER_SECONDS, time.monotonic() - started)
        return answer

    return counted
