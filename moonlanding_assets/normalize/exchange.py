"""The place that this machine and the workers of a cluster both reach: what goes there and back.

Holds carrying only. Without such a place all machines see the same files under the same paths.
"""

import dataclasses
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from moonlanding_assets.normalize.address import below, fetch, remove, send
from moonlanding_assets.normalize.shards import Shard, Work


@contextmanager
def exchanged(todo: list[Shard], work: Work, exchange: str) -> Generator[tuple[list[Shard], Work]]:
    """Shards and work with addresses that workers reach; parts come back when the block ends well.

    exchange: the address of the place, "" when there is none to go through. What is put there is
    removed at the end, however the block ends; a run that is killed leaves `moonlanding-<id>`.
    """
    if not exchange:
        yield todo, work
        return
    place = below(exchange, f"moonlanding-{uuid.uuid4().hex}")
    there = dataclasses.replace(
        work, directory=below(place, "directory.pickle"), parts=below(place, "parts")
    )
    try:
        send(Path(work.directory), there.directory)
        names = {file: below(place, "source", Path(file).name) for file in _files(todo)}
        for file, address in names.items():
            send(Path(file), address)
        yield [dataclasses.replace(one, file=names[one.file]) for one in todo], there
        fetch(there.parts, Path(work.parts))
    finally:
        remove(place)


def _files(todo: list[Shard]) -> list[str]:
    return list(dict.fromkeys(shard.file for shard in todo))
