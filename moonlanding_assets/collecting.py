"""When Python's collector of cycles does not look, and at what. Holds no work."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """Documents hold no cycles, and are many: looking for some took a sixth of a shard."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def no_looking_at_what_is_loaded() -> Iterator[None]:
    """Modules stay to the end, and each full look at Dagster's took an eighth of a second."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
