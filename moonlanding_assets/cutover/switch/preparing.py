"""What a controller does before it closes a gate, for those who look at it from another terminal.

data/parallel/preparing.json, of the process that holds the lease of switches. Holds no check.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from moonlanding_assets.cutover.switch.course import Tell
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

FILE = "preparing.json"


@contextmanager
def told_to_all(layout: Layout, tell: Tell) -> Iterator[Tell]:
    """Whatever is told inside is kept as well, until the end of the block."""
    file = layout.parallel / FILE

    def told(said: str) -> None:
        put_in_place(file, orjson.dumps({"process": os.getpid(), "said": said}))
        tell(said)

    try:
        yield told
    finally:
        file.unlink(missing_ok=True)


def said_while_preparing(layout: Layout, process: int | None) -> str:
    """What that controller said last; "" when it prepares nothing, or is gone."""
    try:
        found = orjson.loads((layout.parallel / FILE).read_bytes())
    except (OSError, ValueError):
        return ""
    return str(found["said"]) if process is not None and found["process"] == process else ""
