"""Documents of the demo with strange values put into any field: what a source may really hold.

Holds no assertion. Same seed, same documents.
"""

import random
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.synthetic.clock import EXPORT_STARTED_US
from moonlanding_assets.synthetic.documents import friday_documents, mwr_documents
from moonlanding_assets.synthetic.world import plan_world
from moonlanding_assets_tests.builders import Moment, rest
from moonlanding_assets_tests.migrated_demo import SMALL, read_exports

Value = dict[str, Any]
STRANGE: tuple[Value, ...] = (
    *map(rest, (
        None, True, 0, 1, -5, 2**53 + 1, 0.1, -0.0, 3.0, 1e300, float("nan"), float("inf"),
        Moment("2024-05-01T10:20:30.123456Z"), Moment("1960-05-01T10:20:30.999999Z"),
        "", " ", "007", " 12 ", "true", "31/02/26", "05/02/26 14:30", "2026-02-05T14:00", "a@b.c",
        " A@B.example ", "@", "@3", "../x", "a/b/c/d", "x\x00y", "e\u0301", "FY2025", "1.50",
        "NaN", "\u0130stanbul@X.com", "friday/users/list/zz", [], ["a", 5, None], {},
        {"cloud_id": "q", "email": "z@b.c"}, {"_seconds": 1700000000, "_nanoseconds": 5},
        {"id": "dup", "a.b/c": 1.0},
    )),
    {"bytesValue": "AAE="},
    {"referenceValue": "projects/demo-friday/databases/(default)/documents/friday/users/list/u9"},
    {"geoPointValue": {"latitude": 1.5, "longitude": -2.0}},
)  # fmt: skip


def strange_snapshots(data: Path, *, seed: int, share: float) -> Layout:
    """Both systems' snapshots; about `share` of all fields hold something strange."""
    layout = Layout(data=data)
    world = plan_world(seed, SMALL)
    documents = {"friday": friday_documents(world), "mwr": mwr_documents(world)}
    chance = random.Random(seed)
    for system in SYSTEMS:
        with ExportWriter(
            layout.demo_export(system),
            project=f"demo-{system}",
            database="(default)",
            name="export",
            started_at_us=EXPORT_STARTED_US,
            finished_at_us=EXPORT_STARTED_US + 1,
            documents_per_shard=5_000,
        ) as writer:
            for path, fields in documents[system]:
                own = orjson.loads(orjson.dumps(fields))
                _disturb(own, chance, share)
                writer.write(path, own)
    read_exports(layout)
    return layout


def _disturb(fields: dict[str, Value], chance: random.Random, share: float) -> None:
    for name in list(fields):
        if chance.random() < share:
            fields[name] = chance.choice(STRANGE)
        elif chance.random() < share / 4:
            del fields[name]
        else:
            _disturb_inside(fields[name], chance, share)


def _disturb_inside(value: Value, chance: random.Random, share: float) -> None:
    if "mapValue" in value:
        _disturb(value["mapValue"]["fields"], chance, share)
    elif "arrayValue" in value:
        elements = value["arrayValue"]["values"]
        for index, element in enumerate(elements):
            if chance.random() < share:
                elements[index] = chance.choice([one for one in STRANGE if "arrayValue" not in one])
            else:
                _disturb_inside(element, chance, share)
        if elements and chance.random() < share:
            elements.append(elements[0])
