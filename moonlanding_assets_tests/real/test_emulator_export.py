"""The export room against the official emulator, both ways, value for value.

What the API shows is converted by protobuf's own JSON mapping, which shares nothing with ours.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import Document
from google.protobuf import json_format

from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_framing import RecordReader
from moonlanding_assets.source.export_values import MAP
from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import Fields, canonical, integer, string, vector
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.every_value import every_place, every_value

STARTED_US = 1_770_000_000_000_000


@pytest.fixture(scope="module")
def api(emulator: FirestoreEmulator) -> Iterator[FirestoreClient]:
    with grpc.insecure_channel(
        emulator.address, options=[("grpc.max_receive_message_length", -1)]
    ) as channel:
        yield FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))


@pytest.fixture
def project() -> str:
    return f"demo-{uuid.uuid4()}"


@pytest.mark.parametrize("database", ["(default)", "second"])
def test_what_the_emulator_exports_we_read_as_its_api_shows_it(
    emulator: FirestoreEmulator,
    api: FirestoreClient,
    project: str,
    tmp_path: Path,
    database: str,
) -> None:
    documents = every_place(project, database)
    _put(api, project, database, documents)
    shown = _shown(api, project, database)
    export = ManagedExport.open(emulator.export(project, tmp_path, database=database))
    assert (export.project, export.database) == (project, database)
    assert export.document_count == len(documents)
    assert 0 < export.started_at_us <= export.finished_at_us
    assert _texts(_read(export)) == shown == _texts(documents)


@pytest.mark.parametrize("database", ["(default)", "second"])
def test_what_we_write_the_emulator_imports_and_exports_again(
    emulator: FirestoreEmulator,
    api: FirestoreClient,
    project: str,
    tmp_path: Path,
    database: str,
) -> None:
    documents = every_place(project, database)
    ours = tmp_path / "ours"
    _write(ours, documents, project=project, database=database)
    emulator.import_(project, ours / "export.overall_export_metadata", database=database)
    assert _shown(api, project, database) == _texts(documents)
    again = emulator.export(project, tmp_path / "theirs", database=database)
    assert _texts(_read(ManagedExport.open(again))) == _texts(documents)


def test_our_entities_are_those_of_the_emulator(
    emulator: FirestoreEmulator, api: FirestoreClient, project: str, tmp_path: Path
) -> None:
    documents = every_place(project)
    _put(api, project, "(default)", documents)
    theirs = ManagedExport.open(emulator.export(project, tmp_path))
    _write(tmp_path / "ours", documents, project=project)
    ours = ManagedExport.open(tmp_path / "ours")
    assert _sorted_entities(ours) == _sorted_entities(theirs)


def test_keys_move_to_the_importing_project_and_references_stay(
    emulator: FirestoreEmulator, api: FirestoreClient, project: str, tmp_path: Path
) -> None:
    documents = {"all/values": every_value("demo-first-home")}
    _write(tmp_path, documents, project="demo-first-home")
    emulator.import_(project, tmp_path / "export.overall_export_metadata")
    assert _shown(api, project, "(default)") == _texts(documents)


@pytest.mark.parametrize("left", [0, 6, 7, 8])
def test_records_that_end_just_before_a_block_does(
    emulator: FirestoreEmulator,
    api: FirestoreClient,
    project: str,
    tmp_path: Path,
    left: int,
) -> None:
    def documents(length: int) -> dict[str, Fields]:
        return {"a/first": {"s": string("x" * length)}, "a/second": {"n": integer(1)}}

    _write(tmp_path, {"a/first": documents(20_000)["a/first"]}, project=project)
    size = (tmp_path / "all_namespaces" / "all_kinds" / "output-0").stat().st_size
    filled = documents(20_000 + 32_768 - left - size)
    _write(tmp_path, filled, project=project)
    emulator.import_(project, tmp_path / "export.overall_export_metadata")
    assert _shown(api, project, "(default)") == _texts(filled)
    assert _texts(_read(ManagedExport.open(tmp_path))) == _texts(filled)


def test_an_export_of_several_thousand_documents_has_several_shards(
    emulator: FirestoreEmulator, api: FirestoreClient, project: str, tmp_path: Path
) -> None:
    documents = {
        f"many/{n:05d}": {"n": integer(n), "s": string("é" * (n % 500)), "v": vector([float(n)])}
        for n in range(5_500)
    }
    _write(tmp_path / "ours", documents, project=project)
    emulator.import_(project, tmp_path / "ours" / "export.overall_export_metadata")
    theirs = ManagedExport.open(emulator.export(project, tmp_path / "theirs"))
    assert len(theirs.shards) > 1
    assert _texts(_read(theirs)) == _texts(documents)


def _write(
    directory: Path, documents: dict[str, Fields], *, project: str, database: str = "(default)"
) -> None:
    with ExportWriter(
        directory,
        project=project,
        database=database,
        started_at_us=STARTED_US,
        finished_at_us=STARTED_US + 1,
        documents_per_shard=7 if len(documents) < 1000 else 2500,
    ) as writer:
        for path, fields in documents.items():
            writer.write(path, fields)


def _read(export: ManagedExport) -> dict[str, Fields]:
    return {entity.path: entity.fields() for entity in export.all_entities()}


def _texts(documents: dict[str, Fields]) -> dict[str, str]:
    """Canonical texts: unlike dictionaries they tell 0.0 from -0.0, and 1 from true."""
    return {path: canonical(fields) for path, fields in documents.items()}


def _put(api: FirestoreClient, project: str, database: str, documents: dict[str, Fields]) -> None:
    root = f"projects/{project}/databases/{database}"
    updates = []
    for path, fields in documents.items():
        document = Document(name=f"{root}/documents/{path}")
        json_format.ParseDict({"fields": fields}, Document.pb(document))
        updates.append({"update": document})
    api.commit(request={"database": root, "writes": updates})


def _shown(api: FirestoreClient, project: str, database: str) -> dict[str, str]:
    """Every document as the API shows it, those below missing parents as well."""
    root = f"projects/{project}/databases/{database}/documents"
    query = {"from": [{"all_descendants": True}]}
    answers = api.run_query(request={"parent": root, "structured_query": query})
    shown: dict[str, Any] = {}
    for answer in answers:
        if not answer.document.name:
            continue
        fields = json_format.MessageToDict(
            Document.pb(answer.document), always_print_fields_with_no_presence=True
        ).get("fields", {})
        shown[answer.document.name.removeprefix(f"{root}/")] = fields
    return _texts(shown)


def _sorted_entities(export: ManagedExport) -> dict[str, bytes]:
    entities = {}
    for shard in export.shards:
        for entity, (_, content) in zip(export.entities(shard), RecordReader(shard), strict=True):
            entities[entity.path] = _with_sorted_fields(content)
    return entities


def _with_sorted_fields(content: bytes) -> bytes:
    entity = export_messages.Entity.FromString(content)
    for one in entity.raw_property:
        if one.meaning == MAP:
            one.value.stringvalue = _with_sorted_fields(one.value.stringvalue)
    for properties in (entity.property, entity.raw_property):
        properties.sort(key=_name)
    return bytes(entity.SerializeToString())


def _name(one: Any) -> str:
    name: str = one.name
    return name
