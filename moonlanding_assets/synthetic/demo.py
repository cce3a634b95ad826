"""The demo source, written as two managed exports. Same seed and scale, same bytes.

Holds no document (documents.py) and nothing of the export format (source/export_writer.py).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.synthetic.chance import between, stream
from moonlanding_assets.synthetic.clock import EXPORT_STARTED_US, MINUTE_US
from moonlanding_assets.synthetic.documents import friday_documents, mwr_documents
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.synthetic.world import plan_world

_DOCUMENTS_A_SHARD = 5_000
_DOCUMENTS_A_STEP = 500


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """What was written: documents of each collection, and where each system's export lies."""

    directories: dict[str, Path]
    documents: dict[str, int]
    started_at_us: int
    finished_at_us: int

    def total(self, system: str) -> int:
        """Documents of one system."""
        return sum(n for key, n in self.documents.items() if key.startswith(f"{system}/"))


def write_demo(directory: Path, *, scale: Scale, seed: int, progress: Progress) -> DemoReport:
    """Writes the managed exports directory/friday and directory/mwr; same seed, same bytes.

    The exports' times are made from the seed, no clock is read.
    """
    world = plan_world(seed, scale)
    started_us = EXPORT_STARTED_US + between(stream(seed, "clock"), 0, 59) * MINUTE_US
    finished_us = started_us + (scale.friday + scale.mwr) * 400
    counts: Counter[str] = Counter()
    sources = {"friday": friday_documents(world), "mwr": mwr_documents(world)}
    for system, documents in sources.items():
        with ExportWriter(
            directory / system,
            project=f"demo-{system}",
            database="(default)",
            name="export",
            started_at_us=started_us,
            finished_at_us=finished_us,
            documents_per_shard=_DOCUMENTS_A_SHARD,
        ) as writer:
            _write(writer, system, documents, counts=counts, progress=progress)
    return DemoReport(
        directories={system: directory / system for system in sources},
        documents=dict(counts),
        started_at_us=started_us,
        finished_at_us=finished_us,
    )


def _write(
    writer: ExportWriter,
    system: str,
    documents: Iterator[Document],
    *,
    counts: Counter[str],
    progress: Progress,
) -> None:
    done = 0
    for path, fields in documents:
        writer.write(path, fields)
        counts[pattern_key(system, path)] += 1
        done += 1
        if done % _DOCUMENTS_A_STEP == 0:
            progress.advance(_DOCUMENTS_A_STEP)
    progress.advance(done % _DOCUMENTS_A_STEP)
