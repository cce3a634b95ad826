"""I5 and I6 over both sides: the route never points to a side that lacks what was written, and a
session always reads what it wrote; whatever the sync, the sides and the state do meanwhile."""

import asyncio
import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from moonlanding_assets.parallel.gateway.documents import (
    ConflictError,
    Kind,
    NoDocumentError,
    Write,
)
from moonlanding_assets.parallel.gateway.questions import ListPage, ReadOne
from moonlanding_assets.parallel.gateway.route import Token
from moonlanding_assets.parallel.gateway.router import NotNowError, Router, Tools
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets_tests.kept_documents import KeptDocuments, control_in, walk

COLLECTION = "friday/clients/list"
PATHS = [f"{COLLECTION}/c{number}" for number in range(3)]
SESSIONS = ["ann", "ben", "cid"]
QUICK = Tools(hold_seconds=0.0, poll_seconds=3600, recheck_seconds=0)


@cache
def _in_s5() -> Path:
    directory = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, directory)
    file = control_in(directory, "S1 S2 S3 S4 S5").file
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return file


class GatewayLaws(RuleBasedStateMachine):
    """One router, both sides, a sync that is late, three sessions, people who switch."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.directory = Path(tempfile.mkdtemp())
        held = {path: {"n": {"integerValue": "0"}} for path in PATHS}
        shutil.copyfile(_in_s5(), self.directory / "control.db")
        self.control = Control(self.directory / "control.db")
        self.old, self.new = KeptDocuments("OLD", dict(held)), KeptDocuments("NEW", dict(held))
        self.old.fence(0)
        self.router = Router(self.control, {"OLD": self.old, "NEW": self.new}, QUICK)
        self.run(self.router.start())
        self.late: list[str] = []  # paths whose last state the other side lacks, oldest first
        self.number = 0
        self.tokens = {name: Token() for name in SESSIONS}
        self.mine: dict[str, dict[str, int]] = {name: {} for name in SESSIONS}
        self.last: dict[str, tuple[int, dict[str, Any] | None]] = {}  # acknowledged: version, state

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.router.stop())
        self.loop.close()
        shutil.rmtree(self.directory)

    @property
    def row(self) -> Any:
        return self.router.route.row

    @rule(name=st.sampled_from(SESSIONS), path=st.sampled_from(PATHS),
          kind=st.sampled_from(["patch", "put", "delete"]))  # fmt: skip
    def write(self, name: str, path: str, kind: Kind) -> None:
        self.number += 1
        fields = {} if kind == "delete" else {"n": {"integerValue": str(self.number)}}
        write = Write(path=path, fields=fields, key=f"k{self.number}", kind=kind)
        try:
            side, _, version = self.run(self.router.write(write))
        except (NotNowError, NoDocumentError, ConflictError):
            return
        assert side == self.row.authority
        self.tokens[name] = self.tokens[name].with_write(path, version)
        self.mine[name][path] = version
        self.last[path] = (version, fields or None)
        self.late.append(path)

    @rule(name=st.sampled_from(SESSIONS), path=st.sampled_from(PATHS))
    def read(self, name: str, path: str) -> None:
        """I6: at least what the session wrote; a side that cannot say so is not asked."""
        try:
            answered = self.run(self.router.read(ReadOne(path), user=name, token=self.tokens[name]))
        except NotNowError:
            return
        wrote = self.mine[name].get(path)
        if wrote is not None:
            side = self.old if answered.side == "OLD" else self.new
            assert side.versions.get(path, 0) >= wrote
            if self.last[path][0] == wrote:
                assert answered.answer == self.last[path][1]

    @rule(name=st.sampled_from(SESSIONS))
    def list_page(self, name: str) -> None:
        """I6 for pages: each document that the session wrote is there as it left it, or newer."""
        question = ListPage(COLLECTION, "", 10)
        try:
            answered = self.run(self.router.read(question, user=name, token=self.tokens[name]))
        except NotNowError:
            return
        listed = dict(answered.answer)
        for path, version in self.mine[name].items():
            if self.last[path][0] == version:
                assert listed.get(path) == self.last[path][1]

    @precondition(lambda self: self.late)
    @rule(place=st.integers(min_value=0, max_value=5))
    def sync(self, place: int) -> None:
        """One change is carried to the other side, in any order; the state of now comes with it."""
        path = self.late.pop(place % len(self.late))
        ahead, behind = (
            (self.old, self.new) if self.row.authority == "OLD" else (self.new, self.old)
        )
        behind.versions[path] = ahead.versions[path]
        behind.documents.pop(path, None)
        if path in ahead.documents:
            behind.documents[path] = ahead.documents[path]

    @rule(side=st.sampled_from(["OLD", "NEW"]), is_down=st.booleans())
    def go_down(self, side: str, is_down: bool) -> None:
        (self.old if side == "OLD" else self.new).is_down = is_down

    @precondition(lambda self: self.row.state in ("S4", "S5") and self.row.authority == "OLD")
    @rule(percent=st.sampled_from([0, 50, 100]))
    def try_a_share(self, percent: int) -> None:
        if self.row.state == "S5":
            walk(self.control, "S4", percent=0)
        walk(self.control, "S4", percent=percent)
        self.run(self.router.reload())

    @precondition(lambda self: self.row.state == "S4" and self.row.authority == "OLD")
    @rule()
    def read_new(self) -> None:
        walk(self.control, "S5")
        self.run(self.router.reload())

    @precondition(lambda self: self.row.state == "S5" and self.row.authority == "OLD")
    @rule()
    def freeze_and_abort(self) -> None:
        walk(self.control, "S6")
        self.run(self.router.reload())
        assert not self.router.gate.is_open
        walk(self.control, "S5")
        self.run(self.router.reload())

    @precondition(lambda self: self.row.state == "S5" and self.row.authority == "OLD")
    @rule()
    def switch(self) -> None:
        """The thirteen steps: NEW has applied everything before anything is routed to it."""
        walk(self.control, "S6")
        self.run(self.router.reload())
        self.old.fence(None)
        while self.late:
            self.sync(0)
        walk(self.control, "S7")
        self.new.fence(1)
        walk(self.control, "S8")
        self.run(self.router.reload())
        assert not self.router.gate.is_open
        walk(self.control, "S8")
        self.run(self.router.reload())

    @invariant()
    def who_takes_writes_has_all_of_them(self) -> None:
        """I5: the authority holds the last acknowledged write of each document."""
        side = self.old if self.row.authority == "OLD" else self.new
        for path, (version, fields) in self.last.items():
            assert side.versions[path] == version
            assert (path in side.documents) == (fields is not None)


TestGatewayLaws = GatewayLaws.TestCase
TestGatewayLaws.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
