"""What runs in the Python of a Spark worker: one shard, converted; the placeholders that it met.

Holds nothing of Spark, so that it can be called without. A worker keeps the directory of the run
that it works for.
"""

import functools
import hashlib
import os
import traceback
from pathlib import Path

import pyarrow as pa

import moonlanding_assets
from moonlanding_assets.errors import EngineFailed, MoonlandingError
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.shards import Shard, Work, convert, load_directory

MET = pa.schema([(name, pa.string()) for name in ("table", "row_id", "key", "reason")])
_held: dict[str, Directory] = {}


def convert_shard(shard: Shard, work: Work, code: str) -> pa.RecordBatch:
    """The shard's parts written; a row of MET for each placeholder that it met.

    code: the digest of the code that asks; raises EngineFailed where another is installed. Of an
    exception only kind and place are told: its message may hold a value of a document.
    """
    os.umask(0o077)  # what is written may hold personal values
    if code != code_digest():
        raise EngineFailed(
            "this worker has other code of moonlanding_assets than the machine that asks: "
            "install the same version on all of them"
        )
    try:
        directory = _directory(work.directory)
        directory.placeholders.clear()  # what earlier shards met is told already
        met = convert(shard, work, directory).values()
    except (MoonlandingError, OSError):
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise EngineFailed(
            f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno} in row group "
            f"{shard.row_group} of {shard.collection}"
        ) from None
    rows = [(one.table, one.row_id, one.key, one.reason) for one in met]
    columns = list(zip(*rows, strict=True)) or [()] * len(MET)
    return pa.RecordBatch.from_arrays([pa.array(one, pa.string()) for one in columns], schema=MET)


def _directory(address: str) -> Directory:
    if address not in _held:
        _held.clear()
        _held[address] = load_directory(address)
    return _held[address]


@functools.cache
def code_digest() -> str:
    """SHA-256 over every module of the package as it is installed here."""
    root = Path(moonlanding_assets.__file__).parent
    total = hashlib.sha256()
    for module in sorted(root.rglob("*.py")):
        content = hashlib.sha256(module.read_bytes()).hexdigest()
        total.update(f"{module.relative_to(root)} {content}\n".encode())
    return total.hexdigest()
