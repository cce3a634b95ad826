"""The real parts of a switch: the gateway over HTTP, the fences of both sides, the sync's service.

The service follows the state row and the stream's durable state by itself; here both are set, and
what it says it does is waited for. Undo: every method has its opposite.
"""

import json
import sqlite3
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets.cutover.switch.parts import Position
from moonlanding_assets.errors import StepFailed
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.backward.log import StreamState, set_stream, stream_state
from moonlanding_assets.parallel.drift.checking import Drift
from moonlanding_assets.parallel.drift.record import CHANGED
from moonlanding_assets.parallel.gateway.documents import Documents, StaleEpochError, Write
from moonlanding_assets.parallel.gateway.watched import ADMIN
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.parallel.service.standing import sync_standing
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.settings import Layout

FLOWS: Mapping[Side, str] = {"OLD": "OLD->NEW", "NEW": "NEW->OLD"}
_HTTP_SECONDS = 5.0
_BUSY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class GatewayRouter:
    """The gateway at `address` (http://HOST:PORT), asked with its admin token."""

    address: str
    token: str

    def reload(self) -> bool:
        """Follow the state row now; whether the gate is open afterwards."""
        return bool(self._post("reload")["is_gate_open"])

    def drain(self, seconds: float) -> int:
        """Wait until no write is in flight; how many are left."""
        self._post(f"drain?seconds={seconds:.3f}")
        return int(self.status()["in_flight_writes"])

    def status(self) -> dict[str, Any]:
        """What it says of its route, its gate and its answers; raises StepFailed."""
        return self._ask("GET", "status")

    def _post(self, verb: str) -> dict[str, Any]:
        return self._ask("POST", verb)

    def _ask(self, method: str, verb: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  an address of this machine
            f"{self.address}/admin/{verb}", method=method, headers={ADMIN: self.token}
        )
        try:
            with urllib.request.urlopen(request, timeout=_HTTP_SECONDS) as answer:  # noqa: S310
                found: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 503 and verb.startswith("drain"):
                    return {}
                raise StepFailed(f"the gateway refused {verb} ({error.code})") from None
        except (OSError, ValueError) as error:
            raise StepFailed(
                f"no gateway answers at {self.address} ({type(error).__name__}): start it with "
                "`moonlanding gateway`"
            ) from None
        return found


@dataclass(frozen=True, kw_only=True)
class SideFences:
    """The accepted epoch of each side, kept durably by the side; the canary is a no-op write.

    canary: path and one field of a document that both sides have. notes: OLD's own small database.
    """

    layout: Layout
    sides: Mapping[Side, Documents]
    canary: tuple[str, str]
    notes: Path

    def accept(self, side: Side, epoch: int | None) -> None:
        """From now on writes of this epoch only, or of none."""
        self.sides[side].fence(epoch)

    def is_accepted(self, side: Side, epoch: int) -> bool:
        """Whether a write gets through that gives a field the value that it has."""
        path, field = self.canary
        held = self.sides[side].read(path)
        if held is None or field not in held:
            raise StepFailed(f"{side} has no canary document: its ledger names one that is gone")
        write = Write(path=path, fields={field: held[field]}, key=f"canary-{uuid.uuid4()}")
        try:
            self.sides[side].write(write, epoch=epoch)
        except StaleEpochError:
            return False
        return True

    def newest_us(self, side: Side) -> int:
        """The newest version that anybody noted: of writes through the gateway, and heard of."""
        if side == "NEW":
            return _number(self.layout.database("100%"), "SELECT max(version) FROM sync_writes")
        heard = _number(present_file(self.layout), "SELECT max(version) FROM document")
        return max(heard, _number(self.notes, "SELECT max(version) FROM sync_writes"))

    def noted_writes(self, side: Side) -> int:
        """As the side noted them, canaries among them."""
        notes = self.notes if side == "OLD" else self.layout.database("100%")
        return _number(notes, "SELECT count(*) FROM sync_writes")


@dataclass(frozen=True, kw_only=True)
class ServiceStreams:
    """Both streams, which one service runs. drift_check: compares what changed."""

    layout: Layout
    drift_check: Drift
    notes: Path

    def position(self, source: Side) -> Position:
        """OLD: every write through the gateway. NEW: the last line of the log of changes."""
        if source == "NEW":
            last = _number(self._database, "SELECT max(number) FROM sync_changes")
            return Position(at_us=last)
        with reading(self.notes) as connection:
            query = "SELECT path, max(version) FROM sync_writes GROUP BY path ORDER BY path"
            writes = tuple((str(path), int(version)) for path, version in connection.execute(query))
        return Position(at_us=max((one for _, one in writes), default=0), writes=writes)

    def unapplied(self, source: Side, position: Position) -> int:
        """OLD: writes that NEW's rows do not hold, and what waits. NEW: lines not sent."""
        if source == "NEW":
            query = "SELECT count(*) FROM sync_changes WHERE NOT is_kept AND number <= ?"
            return _number(self._database, query, position.at_us)
        pending = _number(
            present_file(self.layout), "SELECT count(*) FROM document WHERE is_pending"
        )
        query = (
            "SELECT count(*) FROM json_each(?) wanted LEFT JOIN sync_documents there "
            "ON there.path = wanted.value ->> 0 "
            "WHERE there.version IS NULL OR there.version < wanted.value ->> 1"
        )
        return pending + _number(self._database, query, json.dumps(position.writes))

    def drift(self) -> int:
        """How many documents differ, of those that changed since the last check."""
        return self.drift_check.check(CHANGED).confirmed

    def conflicts(self) -> int:
        """Conflicts that nobody settled."""
        return sync_standing(self._database, present_file(self.layout)).conflicts

    def create(self, source: Side) -> None:
        """Back from NEW: its log of changes, from now on. From OLD: its store is always there."""
        if source == "NEW" and not self.exists(source):
            self._set("stopped")

    def exists(self, source: Side) -> bool:
        """Whether the log, or the store, is there."""
        if source == "OLD":
            return present_file(self.layout).is_file()
        with reading(self._database) as connection:
            return stream_state(connection) != "absent"

    def drop(self, source: Side) -> None:
        """Forget the log of NEW; the store of OLD stays, since it costs nothing."""
        if source == "NEW":
            self._set("absent")

    def start(self, source: Side) -> None:
        """The service begins when it sees this."""
        self._set("started" if source == "NEW" else "absent")

    def stop(self, source: Side) -> None:
        """The service stops by the state row; the log of NEW goes on."""
        if source == "NEW" and self.exists(source):
            self._set("stopped")

    def is_running(self, source: Side) -> bool:
        """What the service says of itself, now."""
        said = said_now(self.layout)
        if not said:
            raise StepFailed("the sync does not run: `moonlanding parallel start`")
        return bool(said.get("flowing") == FLOWS[source])

    @property
    def _database(self) -> Path:
        return self.layout.database("100%")

    def _set(self, state: StreamState) -> None:
        opened = sqlite3.connect(self._database, timeout=_BUSY_SECONDS, isolation_level=None)
        with closing(opened) as connection:
            connection.execute("BEGIN IMMEDIATE")
            set_stream(connection, state)
            connection.execute("COMMIT")


def _number(database: Path, query: str, *values: object) -> int:
    with reading(database) as connection:
        found = connection.execute(query, values).fetchone()
    return int(found[0] or 0)
