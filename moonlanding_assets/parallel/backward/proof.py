"""The proof of the way back, on one scratch document: written here, there in the old system, gone.

It runs inside the process that follows, which alone may write the rows; a command asks for it by
a file and waits for the answer. The scratch document is a line of Friday's log, and is deleted on
both sides whatever happens. Nothing else is sent. Undo: none is needed.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.errors import MoonlandingError, SyncError
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.backward.old import HeldDocument, OldSide
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.changes import set_event
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.value import canonical

TABLE = "audit_logs"
WAIT_SECONDS = 60.0
_MESSAGE = "A scratch line: the way back is being proved. It is deleted at once."
_INSERT = (
    "INSERT INTO audit_logs (id, entity_type, entity_id, action, after_state, created_at) "
    "VALUES (?, 'system', 'log', 'log', ?, '2026-01-01T00:00:00.000Z')"
)

Follow = Callable[[], object]


def request_file(layout: Layout) -> Path:
    """What a command asks of the process that follows."""
    return layout.parallel / "reverse-request.json"


def proof_file(layout: Layout) -> Path:
    """What the last proof found."""
    return layout.parallel / "reverse.json"


def ask(layout: Layout) -> str:
    """Ask for a proof; the name of the request."""
    name = uuid.uuid4().hex
    put_in_place(request_file(layout), orjson.dumps({"request": name}))
    return name


def answer(layout: Layout, name: str) -> dict[str, Any] | None:
    """What was found for that request; None while it is under way."""
    found = _read(proof_file(layout))
    return found if found.get("request") == name else None


def reverse_evidence(layout: Layout) -> dict[str, Any]:
    """reverse_path_proved and reverse_path_echoes, of the last proof; nothing before the first."""
    found = _read(proof_file(layout))
    if not {"proved", "echoes"} <= found.keys():
        return {}
    return {
        "reverse_path_proved": found["proved"],
        "reverse_path_echoes": found["echoes"],
        "reverse_path_at": found["at"],
    }


def look(layout: Layout, forward: ForwardSync, old: Callable[[], OldSide], follow: Follow) -> bool:
    """Answer what is asked, if anything is; whether something was.

    old: opens the old side. follow: applies what listeners brought, or waits a moment.
    """
    asked = _read(request_file(layout)).get("request")
    if not asked or _read(proof_file(layout)).get("request") == asked:
        return False
    found = prove(forward, old, follow)
    content = {"request": asked, "at": datetime.now(UTC).isoformat(timespec="seconds"), **found}
    put_in_place(proof_file(layout), orjson.dumps(content, option=orjson.OPT_INDENT_2))
    request_file(layout).unlink(missing_ok=True)
    return True


def prove(forward: ForwardSync, old: Callable[[], OldSide], follow: Follow) -> dict[str, Any]:
    """proved, echoes, sha256 here and there, seconds, and the problem if there is one.

    Whatever happens is said, not raised: the process that follows goes on.
    """
    started = time.perf_counter()
    try:
        with closing(old()) as side:
            found = _Proof(forward, side, follow).run()
    except (MoonlandingError, sqlite3.Error) as error:
        found = {"proved": False, "echoes": 0, "problem": f"{type(error).__name__}: {error}"}
    return {**found, "seconds": round(time.perf_counter() - started, 3)}


class _Proof:
    def __init__(self, forward: ForwardSync, old: OldSide, follow: Follow) -> None:
        self._forward = forward
        self._old = old
        self._follow = follow
        self._back = BackwardSync(forward, old)
        self._identity = str(uuid.uuid4())
        self._path = ""
        self._version = 0

    def run(self) -> dict[str, Any]:
        is_made = self._back.state == "absent"
        self._back.create()
        try:
            return self._run()
        finally:
            self._clean()
            if is_made:
                self._back.drop(forgets=False)

    def _run(self) -> dict[str, Any]:
        line = orjson.dumps({"message": _MESSAGE, "source": "friday log"}).decode()
        self._write(_INSERT, self._identity, line)
        self._send()
        self._path = self._document()
        known, there = self._forward.present.document(self._path), self._old.read(self._path)
        hashes = {
            "sha256_here": "" if known is None else known.sha256,
            "sha256_there": "" if there is None else there.sha256,
        }
        is_there = hashes["sha256_here"] == hashes["sha256_there"] != ""
        echoes = self._echoes("set")
        self._write("DELETE FROM audit_logs WHERE id = ?", self._identity)
        self._send()
        is_gone = self._old.read(self._path) is None
        known = self._forward.present.document(self._path)
        self._version = 0 if known is None else known.version
        echoes += self._echoes("delete")
        is_proved = is_there and is_gone and echoes == 0
        problem = "" if is_proved else "not the same on both sides, not gone, or come back"
        found = {"proved": is_proved, "echoes": echoes, "path": self._path, "problem": problem}
        return {**found, **hashes}

    def _write(self, statement: str, *values: str) -> None:
        """As an application writes: in a connection of its own, without any mark."""
        with closing(sqlite3.connect(self._forward.database, timeout=10)) as one, one:
            one.execute(statement, values)

    def _send(self) -> None:
        sent = self._back.step(only=[(TABLE, self._identity)])
        if sent.refused or sent.conflicts or not sent.rows:
            raise SyncError(f"the scratch row was not sent: {sorted(sent.refused.values())}")

    def _document(self) -> str:
        query = "SELECT path FROM migration_documents WHERE row_id = ?"
        found = self._forward.connection.execute(query, (self._identity,)).fetchone()
        if found is None:
            raise SyncError("the scratch row has no document in the ledger")
        return str(found[0])

    def _echoes(self, op: str) -> int:
        """Wait until the listener has told the change; the lines that came back into the log."""
        there = self._old.read(self._path)
        until = time.monotonic() + WAIT_SECONDS
        while not self._is_told(there):
            self._follow()
            if time.monotonic() > until:
                raise SyncError(f"the old system did not tell the {op} within {WAIT_SECONDS:g} s")
        now = self._old.read(self._path)
        is_moved = there is not None and now is not None and there != now
        query = "SELECT count(*) FROM sync_changes WHERE table_name = ? AND key = ?"
        lines = self._forward.connection.execute(query, (TABLE, self._identity)).fetchone()
        return int(lines[0]) + is_moved

    def _is_told(self, there: HeldDocument | None) -> bool:
        """Whether the listener has said that the document is like this."""
        if there is None:
            known = self._forward.present.document(self._path)
            return known is not None and known.fields is None and known.version > self._version
        told = set_event(self._path, canonical(there.fields), version=there.update_time_us)
        return bool(self._forward.present.seen([told.event_id]))

    def _clean(self) -> None:
        """The scratch row and its document go, wherever the proof stopped."""
        query = "SELECT 1 FROM audit_logs WHERE id = ?"
        if self._forward.connection.execute(query, (self._identity,)).fetchone():
            self._write("DELETE FROM audit_logs WHERE id = ?", self._identity)
            self._back.step(only=[(TABLE, self._identity)])


def _read(file: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
