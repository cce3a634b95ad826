"""Events read or put aside, and the store of the present: versions, tombstones, repetitions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.forward.changes import (
    Change,
    Event,
    Poison,
    delete_event,
    read,
    set_event,
    sha256_of,
)
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.present_file import begin
from moonlanding_assets.source.document import Document, document_row
from moonlanding_assets_tests.every_value import every_value
from moonlanding_assets_tests.syncing import raw

PATH = "friday/clients/list/c1"
NAMED = '{"name":{"stringValue":"One"}}'
RENAMED = '{"name":{"stringValue":"Two"}}'


@pytest.fixture
def present(tmp_path: Path) -> Iterator[Present]:
    row = Document(**document_row(PATH, "friday/clients", NAMED))
    begin(tmp_path / "present.db", [(row, 100)], notes={"snapshot_time": "-"})
    with Present(tmp_path / "present.db") as opened:
        yield opened


def take(present: Present, *events: Event) -> int:
    return present.take([read(one) for one in events])


def version_and_text(present: Present) -> tuple[int, str | None]:
    known = present.document(PATH)
    assert known is not None
    return known.version, known.fields


def test_every_kind_of_value_is_readable() -> None:
    document = raw("friday/things/list/t", every_value("demo-x"))
    change = read(set_event(document.path, document.fields, version=5))
    assert isinstance(change, Change)
    assert (change.collection, change.fields) == (document.collection, document.fields)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ('{"name":', "not_decodable"),
        ("[]", "not_an_object"),
        ('{"name":{"stringValue":5}}', "not_decodable"),
        ('{"name":{"integerValue":"9223372036854775808"}}', "not_decodable"),
        ('{"name":{"oddValue":"x"}}', "not_decodable"),
        ('{"name":{"arrayValue":{}}}', "not_decodable"),
        ('{"name":{"nullValue":null,"stringValue":"x"}}', "not_decodable"),
        ('{"when":{"timestampValue":"yesterday"}}', "not_decodable"),
        ('{"b":{"nullValue":null},"a":{"nullValue":null}}', "not_canonical"),
        ("\ud800", "not_decodable"),
    ],
)
def test_what_cannot_be_decoded_is_put_aside(payload: str, reason: str) -> None:
    found = read(set_event(PATH, payload, version=5))
    assert isinstance(found, Poison)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"path": "friday/clients"}, ""),
        ({"path": "friday/clients/list"}, "not_a_document_path"),
        ({"path": "friday//list/c"}, "not_a_document_path"),
        ({"path": "elsewhere/x"}, "of_neither_system"),
        ({"path": "myworkreview/apis/list/k1"}, "secret"),
        ({"version": 0}, "no_version"),
        ({"sha256": sha256_of("another")}, "hash_differs"),
        ({"op": "delete"}, "unknown_operation"),
        ({"op": "truncate"}, "unknown_operation"),
    ],
)
def test_an_event_that_contradicts_itself_is_put_aside(
    change: dict[str, object], reason: str
) -> None:
    found = read(replace(set_event(PATH, NAMED, version=5), **change))
    assert (found.reason if isinstance(found, Poison) else "") == reason


def test_only_a_newer_version_counts(present: Present) -> None:
    late, newer = set_event(PATH, RENAMED, version=99), set_event(PATH, RENAMED, version=101)
    same = set_event(PATH, RENAMED, version=100)
    assert take(present, late, same) == 2
    assert version_and_text(present) == (100, NAMED)
    assert present.pending() == []
    take(present, newer)
    assert version_and_text(present) == (101, RENAMED)
    assert [one.outcome for one in present.received()] == ["stale", "stale", "applied"]


def test_an_event_counts_once(present: Present) -> None:
    event = set_event(PATH, RENAMED, version=101)
    assert take(present, event, event) == 1
    assert take(present, event) == 0
    assert present.counts()["events"] == 1


def test_what_is_deleted_keeps_its_version(present: Present) -> None:
    take(present, delete_event(PATH, version=200))
    take(present, set_event(PATH, RENAMED, version=150))
    assert version_and_text(present) == (200, None)
    take(present, set_event(PATH, RENAMED, version=201))
    assert version_and_text(present) == (201, RENAMED)


def test_a_deletion_of_what_was_never_there_is_kept(present: Present) -> None:
    gone = "friday/clients/list/c9"
    take(present, delete_event(gone, version=200), set_event(gone, NAMED, version=150))
    known = present.document(gone)
    assert known is not None
    assert (known.version, known.fields) == (200, None)


def test_a_pending_document_remembers_what_the_rows_hold(present: Present) -> None:
    take(present, set_event(PATH, RENAMED, version=101))
    first = present.pending()
    take(present, delete_event(PATH, version=102))
    present.noted([one.known for one in first], [])  # of 101, which is not the present any more
    (still,) = present.pending()
    assert (still.known.version, still.held_version) == (102, 100)
    assert still.held == raw(PATH, {"name": {"stringValue": "One"}})
    present.noted([still.known], present.received())
    assert present.pending() == []
    assert present.received() == []
    assert present.numbers() == (2, 2)


def test_a_poison_moves_nothing_and_keeps_its_payload(present: Present) -> None:
    take(present, set_event(PATH, "{", version=500))
    (one,) = present.received()
    assert (one.outcome, one.reason, one.payload) == ("poison", "not_decodable", b"{")
    assert version_and_text(present) == (100, NAMED)


def test_a_store_is_begun_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[Document, int]]:
        yield Document(**document_row(PATH, "friday/clients", NAMED)), 1
        raise OSError

    file = tmp_path / "present.db"
    with pytest.raises(OSError):  # noqa: PT011  any stop in the middle
        begin(file, broken(), notes={})
    with pytest.raises(SyncError, match="begin it"):
        Present(file)
    begin(file, [], notes={})
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SyncError, match="already"):
        begin(file, [], notes={})
