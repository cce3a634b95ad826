"""Two invented firms in which every person and every text carries a word that is looked for later.

Holds no assertion. References by e-mail still hold: the same address is changed the same way.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.synthetic.documents import friday_documents, mwr_documents
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.synthetic.world import plan_world

WORD = "kanarienvogel"
TEXTS = {"comment", "message", "text", "description", "phone", "address"}
PEOPLE = ("friday/users/list/", "myworkreview/users/list/")
STARTED_US = 1_770_000_000_000_000


def write_canaries(directory: Path, documents: int = 400) -> dict[str, Path]:
    """Managed exports of both systems, as of real firms; where each lies."""
    world = plan_world(7, Scale(friday=documents, mwr=documents))
    sources = {"friday": friday_documents(world), "mwr": mwr_documents(world)}
    for system, given in sources.items():
        with ExportWriter(
            directory / system,
            project=f"firm-{system}",
            started_at_us=STARTED_US,
            finished_at_us=STARTED_US + 1,
            documents_per_shard=5000,
        ) as writer:
            for path, fields in _marked(given):
                writer.write(path, fields)
    return {system: directory / system for system in sources}


def _marked(documents: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for path, fields in documents:
        keys = {*TEXTS, "name"} if path.startswith(PEOPLE) else TEXTS
        yield path, {name: _value(value, name, keys) for name, value in fields.items()}


def _value(value: dict[str, Any], name: str, keys: set[str]) -> dict[str, Any]:
    (kind, held), *_ = value.items()
    if kind == "stringValue":
        return {kind: _text(held, name, keys)}
    if kind == "mapValue":
        inner = held.get("fields", {})
        return {kind: {"fields": {key: _value(one, key, keys) for key, one in inner.items()}}}
    if kind == "arrayValue":
        return {kind: {"values": [_value(one, name, keys) for one in held.get("values", [])]}}
    return value


def _text(text: str, name: str, keys: set[str]) -> str:
    bare = text.strip()
    if bare.count("@") == 1 and " " not in bare and bare[0] != "@":
        return text.replace(bare, f"{WORD}.{bare}")
    return f"{text} {WORD}" if name in keys and bare else text
