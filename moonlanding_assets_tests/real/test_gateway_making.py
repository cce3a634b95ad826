"""Documents made, listed and deleted on both real sides; writes cut short; the fence of rules."""

import base64
import json
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway.documents import (
    CannotCarryError,
    ConflictError,
    Documents,
    NoDocumentError,
    Write,
)
from moonlanding_assets.parallel.gateway.fence_rules import rules
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.questions import ListPage
from moonlanding_assets.parallel.gateway.serving import serve
from moonlanding_assets.parallel.gateway.shadow import judged
from moonlanding_assets.settings import Layout, Settings
from moonlanding_assets.source.value import Fields
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.moving_firm import MovingFirm, moving_firm, sides_of
from moonlanding_assets_tests.syncing import make_rig

CHAT = "friday/engagements_chat"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, emulator: FirestoreEmulator) -> MovingFirm:
    rig = make_rig(tmp_path_factory.mktemp("making") / "firm")
    return moving_firm(emulator, rig, name="making", seed=1)


@dataclass(frozen=True)
class Sides:
    """Both sides of one test: the database is a copy, the emulator is shared."""

    old: Documents
    new: Documents


@pytest.fixture
def sides(firm: MovingFirm, tmp_path: Path) -> Iterator[Sides]:
    mine = replace(firm, rig=firm.rig.copied(tmp_path / "rig"))
    with sides_of(mine, tmp_path) as both:
        yield Sides(**{side.lower(): one for side, one in both.items()})  # type: ignore[arg-type]  # both are Documents


def chats(firm: MovingFirm) -> list[str]:
    below = [path for path in sorted(firm.old.documents) if "/chat/" in path]
    return [path for path in below if path.startswith("friday/engagements/")]


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


class KilledError(Exception):
    """The process is gone at this point."""


class Killed(FirestoreDocuments):
    """Is gone after Firestore took a write, before anybody could note it."""

    commits = 0

    def _commit(self, write: Write) -> int:
        self.commits += 1
        return super()._commit(write)

    def write(self, write: Write, *, epoch: int) -> int:
        """Everything up to the note."""
        self._finished_before(write)
        self._commit(write)
        raise KilledError


@pytest.mark.parametrize("name", ["old", "new"])
def test_a_side_makes_replaces_and_deletes_once_in_its_epoch(
    firm: MovingFirm, sides: Sides, name: str
) -> None:
    side: Documents = getattr(sides, name)
    side.fence(0)
    like = chats(firm)[3]
    above, fields = like.rpartition("/")[0], side.read(like)
    assert fields is not None
    made = Write(path=f"{above}/made-{name}", fields=fields, key="made", kind="create")
    version = side.write(made, epoch=0)
    assert side.write(made, epoch=0) == version  # the same key
    assert side.read(made.path) == fields
    with pytest.raises((ConflictError, CannotCarryError)):
        side.write(replace(made, key="made again"), epoch=0)
    other = {**fields, "message": text("replaced")}
    put = Write(path=made.path, fields=other, key="put", kind="put")
    assert side.write(put, epoch=0) > version
    assert side.read(made.path) == other
    assert made.path in [path for path, _ in all_pages(side, above, limit=2)]
    gone = Write(path=made.path, fields={}, key="gone", kind="delete")
    assert side.has_seen(made.path, side.write(gone, epoch=0))
    assert side.read(made.path) is None
    with pytest.raises(NoDocumentError):
        side.write(replace(gone, key="gone again"), epoch=0)
    secret = Write(path="friday/settings", fields={"keys": text("x")}, key="secret")
    with pytest.raises(CannotCarryError, match="keys"):
        side.write(secret, epoch=0)
    with pytest.raises(NoDocumentError):
        side.write(replace(secret, path="myworkreview/apis/list/k1"), epoch=0)


def test_both_sides_list_the_same_documents_in_order(firm: MovingFirm, sides: Sides) -> None:
    collections = sorted({path.rpartition("/")[0] for path in firm.old.documents} - {""})
    for collection in [*collections, "friday", "myworkreview/apis/list", "nowhere", "emails"]:
        old = all_pages(sides.old, collection, limit=7)
        new = all_pages(sides.new, collection, limit=7)
        result, _ = judged(ListPage(collection, "", len(old)), tuple(old), tuple(new))
        assert result in ("matched", "ignored"), collection
    assert all_pages(sides.old, "myworkreview/apis/list", limit=7) == []


def all_pages(side: Documents, collection: str, *, limit: int) -> list[tuple[str, Fields]]:
    found: list[tuple[str, Fields]] = []
    while True:
        after = found[-1][0].rpartition("/")[2] if found else ""
        page = side.page(collection, after=after, limit=limit)
        found += page
        if len(page) < limit:
            return found


def test_a_write_that_reached_firestore_before_a_kill_is_not_done_again(
    firm: MovingFirm, tmp_path: Path
) -> None:
    """Between Firestore's answer and the note of it: the next process tells what was done."""
    path = chats(firm)[4]
    side = Killed(firm.homes, tmp_path / "notes.db")
    side.fence(0)

    def named(key: str, message: str, **options: Any) -> Write:
        fields = {"message": text(message)} if options.get("kind") != "delete" else {}
        return Write(path=path, fields=fields, key=key, is_named=True, **options)

    for write in (named("k1", "first"), named("k2", "second", kind="put")):
        with pytest.raises(KilledError):
            side.write(write, epoch=0)
        done = FirestoreDocuments.write(side, write, epoch=0)
        assert side.commits == 1  # not again
        assert side.has_seen(path, done)
        side.commits = 0
    with pytest.raises(KilledError):
        side.write(named("k3", "mine"), epoch=0)
    FirestoreDocuments.write(side, named("k4", "somebody else's"), epoch=0)
    with pytest.raises(ConflictError):
        FirestoreDocuments.write(side, named("k3", "mine"), epoch=0)
    assert (side.read(path) or {})["message"] == text("somebody else's")
    side.close()


def test_a_port_that_is_taken_is_said(firm: MovingFirm, tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    layout.data.mkdir()
    shutil.copyfile(firm.rig.database, layout.database("100%"))
    control_in(layout.control.parent, "S1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said: list[str] = []
        settings = Settings(
            data=layout.data, friday_export=tmp_path, mwr_export=tmp_path,
            live=firm.live,
        )  # fmt: skip
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}: somebody listens there"):
            serve(settings, host="127.0.0.1", port=int(port), say=said.append)
        assert said == []


def test_read_only_rules_refuse_writes_in_the_emulator(
    firm: MovingFirm, emulator: FirestoreEmulator
) -> None:
    """Clients without a login are refused, with one they read what is declared, none writes."""
    project = firm.homes["friday"].project
    load_rules(emulator, project, rules("friday", project=project))
    try:
        root = f"http://{emulator.address}/v1/projects/{project}/databases/(default)/documents"
        path = chats(firm)[0]
        for place, login, status in (
            (path, "", 403), (path, "somebody", 200), ("friday/settings", "somebody", 403),
            ("friday/unheard/list/x", "somebody", 403), ("friday/logs/list/none", "somebody", 404),
        ):  # fmt: skip
            assert asked(f"{root}/{place}", login) == status, place
        body = json.dumps({"fields": {"message": {"stringValue": "in vain"}}}).encode()
        for place in (path, "friday/clients/list/new", "friday/settings", "elsewhere/x"):
            assert asked(f"{root}/{place}", "somebody", body) == 403
        assert asked(f"{root}/{path}", "owner", None) == 200
    finally:
        load_rules(emulator, project, OPEN_RULES)


OPEN_RULES = """rules_version = '2';
service cloud.firestore { match /databases/{d}/documents { match /{all=**} {
  allow read, write: if true; } } }"""


def load_rules(emulator: FirestoreEmulator, project: str, text: str) -> None:
    content = {"rules": {"files": [{"name": "firestore.rules", "content": text}]}}
    request = urllib.request.Request(
        f"http://{emulator.address}/emulator/v1/projects/{project}:securityRules",
        data=json.dumps(content).encode(), method="PUT",
        headers={"content-type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def asked(url: str, login: str, body: bytes | None = None) -> int:
    """The status; a login is an unsigned token, which only an emulator believes."""
    claims = {"sub": login, "user_id": login, "iat": 1, "aud": "x", "iss": "x"}
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    token = ".".join(
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts
    )
    headers = {"content-type": "application/json"}
    if login:
        headers["authorization"] = "Bearer owner" if login == "owner" else f"Bearer {token}."
    request = urllib.request.Request(
        url, data=body, headers=headers, method="GET" if body is None else "PATCH"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return int(refused.code)
