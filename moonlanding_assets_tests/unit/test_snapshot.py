"""A snapshot is whole, exact, free of secrets, and the same for the same export."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from moonlanding_assets.errors import DamagedExport, NoSpace, SnapshotError, WrongSystem
from moonlanding_assets.progress import Silent
from moonlanding_assets.source import collection_file, shard_reading, spill
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot
from moonlanding_assets.source.value import array, double, integer, map_, string
from moonlanding_assets_tests.exports import KINDS, META, put_entities, put_overall, write
from moonlanding_assets_tests.snapshots import build, everything, fields_of, rows, snapshot_of

USER = "friday/users/list/u1"
RFI = "friday/engagements/list/e1/rfis/r1"
CANARY = "canary-7f3a"


def link(place: str = "x", query: str = f"alt=media&token={CANARY}") -> dict[str, str]:
    return string(f"https://storage.example.com/{place}?{query}")


def friday() -> dict[str, dict[str, object]]:
    return {
        USER: {"email": string(" Ann@Example.COM "), "name": string("A")},
        "friday/users/list/u0": {},
        RFI: {"question": string("?"), "status": integer(0)},
        "emails/m1": {"subject": string("s")},
        "friday/emails/list/m2": {"subject": string("t")},
        "friday/newthing/list/abc": {"field": double(0.1)},
        "friday/users/list/__id7__": {"email": string("n@example.com")},
    }


def test_every_document_is_kept_exactly(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, "friday", friday())
    assert snapshot.manifest.documents == 7
    for path, fields in friday().items():
        assert fields_of(snapshot, path) == fields


def test_rows_are_sorted_and_say_where_they_belong(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, "friday", friday())
    users = rows(snapshot, "friday/users")
    assert [row["document_id"] for row in users] == ["__id7__", "u0", "u1"]
    (row,) = rows(snapshot, "friday/engagements_rfis")
    assert row["path"] == RFI
    assert row["parent_path"] == "friday/engagements/list/e1"
    assert row["collection"] == "friday/engagements_rfis"
    assert row["create_time"] is None
    assert row["update_time"] is None


def test_row_groups_are_shards_of_5000(tmp_path: Path) -> None:
    documents = {f"friday/logs/list/l{n:05d}": {"review": string("x")} for n in range(11_001)}
    snapshot = snapshot_of(tmp_path, "friday", documents, documents_per_shard=4000)
    file = pq.read_metadata(snapshot.file("friday/logs"))
    groups = [file.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [5000, 5000, 1001]
    assert [row["path"] for row in rows(snapshot, "friday/logs")] == sorted(documents)


def test_declared_collections_without_documents_have_an_empty_file(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, "friday", friday())
    assert rows(snapshot, "friday/clients") == []
    assert snapshot.manifest.collections["friday/clients"].documents == 0


def test_unknown_collections_are_kept_and_listed(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, "friday", friday())
    (key,) = snapshot.manifest.unknown
    assert key == "friday/?friday/newthing/list/{}"
    assert [row["path"] for row in rows(snapshot, key)] == ["friday/newthing/list/abc"]
    assert snapshot.file(key).name.startswith("unknown__")


def test_the_manifest_tells_where_it_came_from(tmp_path: Path) -> None:
    manifest = build(tmp_path, "friday", friday())
    assert manifest.source.kind == "managed_export"
    assert manifest.source.project == "demo-friday"
    assert manifest.snapshot_time == manifest.source.started_at == "2026-02-02T02:40:00.000001Z"
    assert manifest.source.finished_at == "2026-02-02T02:41:00.000002Z"
    content = json.loads((tmp_path / "friday" / "manifest.json").read_text())
    assert content["collections"]["friday/users"]["documents"] == 3
    assert Snapshot.open(tmp_path / "friday").manifest == manifest


def test_the_same_documents_give_the_same_bytes_in_any_order_and_shards(tmp_path: Path) -> None:
    documents = friday()
    one = snapshot_of(tmp_path / "one", "friday", documents)
    backwards = dict(reversed(documents.items()))
    other = snapshot_of(tmp_path / "other", "friday", backwards, documents_per_shard=2)
    assert one.digest == other.digest
    for file in one.directory.iterdir():
        assert file.read_bytes() == (other.directory / file.name).read_bytes()


def test_the_digest_follows_the_documents(tmp_path: Path) -> None:
    digests = {snapshot_of(tmp_path, "friday", friday()).digest}
    for path, fields in ((USER, {"name": string("B")}), ("friday/users/list/u2", {})):
        digests.add(snapshot_of(tmp_path, "friday", friday() | {path: fields}).digest)
    assert len(digests) == 3


def test_several_processes_read_the_same_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = friday()
    one = snapshot_of(tmp_path / "one", "friday", documents)
    export = ManagedExport.open(write(tmp_path / "export", documents, documents_per_shard=2))
    monkeypatch.setattr(shard_reading, "DOCUMENTS_FOR_WORKERS", 1)
    seen = Counted()
    manifest = build_snapshot(
        ExportSource(system="friday", export=export), tmp_path, progress=seen, workers=2
    )
    assert manifest == one.manifest
    assert seen.documents == 7


def test_what_waits_in_memory_may_be_written_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = build(tmp_path / "one", "friday", friday())
    monkeypatch.setattr(spill, "WAITING_BYTES", 1)
    assert build(tmp_path / "other", "friday", friday()) == one


def test_large_documents_make_small_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_file, "SHARD_BYTES", 1000)
    documents = {f"friday/logs/list/l{n}": {"message": string("x" * 250)} for n in range(7)}
    documents["friday/logs/list/l3"] = {"message": string("x" * 2000)}
    snapshot = snapshot_of(tmp_path, "friday", documents)
    file = pq.read_metadata(snapshot.file("friday/logs"))
    assert [file.row_group(n).num_rows for n in range(file.num_row_groups)] == [3, 1, 3]
    assert [row["path"] for row in rows(snapshot, "friday/logs")] == sorted(documents)


class Counted:
    def __init__(self) -> None:
        self.documents = 0

    def advance(self, documents: int) -> None:
        self.documents += documents


def test_progress_is_told_of_every_document(tmp_path: Path) -> None:
    documents = {f"friday/logs/list/l{n}": {"review": string("x")} for n in range(777)}
    export = ManagedExport.open(write(tmp_path / "export", documents))
    seen = Counted()
    build_snapshot(ExportSource(system="friday", export=export), tmp_path, progress=seen)
    assert seen.documents == 777


class TestSecrets:
    def test_a_secret_field_is_counted_and_nowhere_to_be_found(self, tmp_path: Path) -> None:
        keys = map_({"drive": string(CANARY), "nested": map_({"a": array([string(CANARY)])})})
        documents = {"friday/settings": {"version": string("3"), "keys": keys}}
        snapshot = snapshot_of(tmp_path, "friday", documents)
        assert fields_of(snapshot, "friday/settings") == {"version": string("3")}
        assert snapshot.manifest.withheld.fields == {"friday/settings.keys": 1}
        assert CANARY not in everything(snapshot)

    @pytest.mark.parametrize(
        "path",
        [
            "myworkreview/apis/list/a1",
            "myworkreview/apis",
            "myworkreview/apis/list/a1/older/b",
            "myworkreview/apis/keys/x",
        ],
    )
    def test_a_secret_collection_is_only_counted(self, tmp_path: Path, path: str) -> None:
        documents = {
            path: {"key": string(CANARY), CANARY: string("x")},
            "myworkreview/teams/list/t": {"name": string("T")},
        }
        snapshot = snapshot_of(tmp_path, "mwr", documents, project="demo-mwr")
        assert snapshot.manifest.withheld.collections == {"mwr/apis": 1}
        assert snapshot.manifest.documents == 1
        assert CANARY not in everything(snapshot)

    def test_secrets_of_the_other_system_are_secret_as_well(self, tmp_path: Path) -> None:
        documents = friday() | {
            "myworkreview/apis/list/a1": {"key": string(CANARY)},
            "myworkreview/teams/list/t": {
                "users": array([map_({"photo": link(query=f"plain={CANARY}")})])
            },
        }
        snapshot = snapshot_of(tmp_path, "friday", documents)
        assert snapshot.manifest.withheld.collections == {"mwr/apis": 1}
        assert snapshot.manifest.withheld.url_queries == 1
        assert CANARY not in everything(snapshot)

    def test_urls_lose_their_query_wherever_they_are(self, tmp_path: Path) -> None:
        documents = {
            USER: {"photo": link("p"), "cv_url": link("c"), "name": string("who? me?")},
            RFI: {
                "files": array([map_({"url": link("f1")}), map_({"url": link("f2")})]),
                "responses": array(
                    [map_({"attachments": array([map_({"url": link("a", "plain=1")})])})]
                ),
            },
            "emails/m1": {"attachmentUrls": array([link("m1"), link("m2")])},
        }
        snapshot = snapshot_of(tmp_path, "friday", documents)
        user = fields_of(snapshot, USER)
        assert user["photo"] == string("https://storage.example.com/p")
        assert user["name"] == string("who? me?")
        attachment = fields_of(snapshot, RFI)["responses"]["arrayValue"]["values"][0]["mapValue"]
        assert "plain=1" not in str(attachment)
        assert snapshot.manifest.withheld.url_queries == 7
        assert CANARY not in everything(snapshot)

    @pytest.mark.parametrize(
        "query",
        [
            f"alt=media&token={CANARY}",
            f"X-Goog-Algorithm=a&X-Goog-Signature={CANARY}",
            f"GoogleAccessId=a&Expires=1&Signature={CANARY}",
            f"a=1&amp;token={CANARY}",
        ],
    )
    def test_signed_links_in_other_texts_lose_their_query(self, tmp_path: Path, query: str) -> None:
        text = f'<a href="https://storage.example.com/f?{query}">file</a> or http://a.example?b=c.'
        documents = {
            "emails/m1": {"body": string(text)},
            "friday/newthing/list/n": {"where": array([map_({"x": link("u", query)})])},
        }
        snapshot = snapshot_of(tmp_path, "friday", documents)
        kept = '<a href="https://storage.example.com/f">file</a> or http://a.example?b=c.'
        assert fields_of(snapshot, "emails/m1")["body"] == string(kept)
        assert snapshot.manifest.withheld.url_queries == 2
        assert CANARY not in everything(snapshot)


class TestRefusals:
    def test_an_export_of_the_other_system(self, tmp_path: Path) -> None:
        with pytest.raises(WrongSystem, match=r"this is not mwr.*of friday"):
            build(tmp_path, "mwr", friday())
        assert not (tmp_path / "mwr").exists()

    def test_an_export_of_neither_system(self, tmp_path: Path) -> None:
        with pytest.raises(WrongSystem, match="of neither system"):
            build(tmp_path, "friday", {"things/t": {}})

    def test_an_export_without_documents(self, tmp_path: Path) -> None:
        export = ManagedExport.open(put_entities(tmp_path / "export"))
        with pytest.raises(SnapshotError, match="holds no document"):
            build_snapshot(
                ExportSource(system="friday", export=export), tmp_path, progress=Silent()
            )

    @pytest.mark.parametrize("path", [USER, "myworkreview/apis/list/a"])
    def test_a_document_in_two_shards(self, tmp_path: Path, path: str) -> None:
        same_size = {path: {"a": string("x")}, path[:-1] + "z": {"a": string("x")}}
        documents = {**same_size, "friday/teams/list/t": {}}
        export = write(tmp_path / "export", documents, documents_per_shard=1)
        shards = sorted((export / KINDS).glob("output-*"))
        shards[1].write_bytes(shards[0].read_bytes())
        with pytest.raises(DamagedExport, match=f"{path} is in output-0 already") as caught:
            build_snapshot(
                ExportSource(system="friday", export=ManagedExport.open(export)),
                tmp_path,
                progress=Silent(),
            )
        assert caught.value.offset == 0

    def test_fewer_documents_than_were_written(self, tmp_path: Path) -> None:
        export = write(tmp_path / "export", friday())
        size_bytes = (export / KINDS / "output-0").stat().st_size
        put_overall(export, (META.as_posix(), 8, size_bytes))
        with pytest.raises(DamagedExport, match="hold 7 documents, 8 were written"):
            build_snapshot(
                ExportSource(system="friday", export=ManagedExport.open(export)),
                tmp_path,
                progress=Silent(),
            )

    def test_damage_found_by_another_process_names_its_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shard_reading, "DOCUMENTS_FOR_WORKERS", 1)
        export = write(tmp_path / "export", friday(), documents_per_shard=2)
        shard = export / KINDS / "output-3"
        content = bytearray(shard.read_bytes())
        content[-3] ^= 1
        shard.write_bytes(content)
        opened = ManagedExport.open(export)
        with pytest.raises(DamagedExport, match="output-3 at byte 0"):
            build_snapshot(
                ExportSource(system="friday", export=opened), tmp_path, progress=Silent(), workers=2
            )
        assert not (tmp_path / "friday").exists()

    def test_a_failed_build_leaves_the_old_snapshot_and_nothing_else(self, tmp_path: Path) -> None:
        before = snapshot_of(tmp_path, "friday", friday())
        with pytest.raises(WrongSystem):
            build(tmp_path, "friday", {"myworkreview/teams/list/t": {}})
        assert Snapshot.open(tmp_path / "friday").digest == before.digest
        assert not list(tmp_path.glob(".friday.building-*"))

    def test_a_full_disk_is_named(self, tmp_path: Path) -> None:
        export = ManagedExport.open(write(tmp_path / "export", friday()))
        with pytest.raises(NoSpace, match="disk is full"):
            build_snapshot(
                ExportSource(system="friday", export=export), tmp_path, progress=NoMoreSpace()
            )
        assert not (tmp_path / "friday").exists()


class NoMoreSpace:
    def advance(self, documents: int) -> None:
        raise OSError(28, "No space left on device")


class TestOpening:
    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(SnapshotError, match="no snapshot here"):
            Snapshot.open(tmp_path / "friday")

    def test_a_directory_without_manifest_is_no_snapshot(self, tmp_path: Path) -> None:
        build(tmp_path, "friday", friday())
        (tmp_path / "friday" / "manifest.json").unlink()
        with pytest.raises(SnapshotError, match="no snapshot here"):
            Snapshot.open(tmp_path / "friday")

    def test_a_changed_byte_is_found(self, tmp_path: Path) -> None:
        snapshot = snapshot_of(tmp_path, "friday", friday())
        file = snapshot.file("friday/users")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        with pytest.raises(SnapshotError, match=r"friday__users.parquet: changed"):
            Snapshot.open(tmp_path / "friday")
        assert Snapshot.open(tmp_path / "friday", with_contents=False)

    def test_a_cut_file_and_a_missing_file_are_found(self, tmp_path: Path) -> None:
        file = snapshot_of(tmp_path, "friday", friday()).file("friday/users")
        file.write_bytes(file.read_bytes()[:-1])
        with pytest.raises(SnapshotError, match="the manifest says"):
            Snapshot.open(tmp_path / "friday", with_contents=False)
        file.unlink()
        with pytest.raises(SnapshotError, match="missing"):
            Snapshot.open(tmp_path / "friday")

    @pytest.mark.parametrize(
        ("old", "new"),
        [('"documents": 3', '"documents": 4'), ('"format": 1', '"format": 2'), ("{", "")],
    )
    def test_a_changed_manifest_is_found(self, tmp_path: Path, old: str, new: str) -> None:
        build(tmp_path, "friday", friday())
        file = tmp_path / "friday" / "manifest.json"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        with pytest.raises(SnapshotError, match=r"manifest.json"):
            Snapshot.open(tmp_path / "friday")

    def test_a_collection_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SnapshotError, match="no collection mwr/users"):
            snapshot_of(tmp_path, "friday", friday()).file("mwr/users")
