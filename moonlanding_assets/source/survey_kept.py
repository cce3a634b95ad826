"""The survey of the snapshots, made once and kept for all fractions that are planned from them.

Bound to the digests of the snapshots and to the text of the modules that say what is surveyed: what
another snapshot or another program left is made again. Holds no reading of documents.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from moonlanding_assets import contract
from moonlanding_assets.source.replacing import replaced
from moonlanding_assets.source.snapshot import Snapshot

MADE_OF = "made_of.json"
_MODULES = ("features.py", "named.py", "survey.py", "value.py")


def kept_survey(
    snapshots: Mapping[str, Snapshot], directory: Path, make: Callable[[Path], None]
) -> Path:
    """The directory with the survey's files; `make` writes them where nothing fitting is kept."""
    made_of = _made_of(snapshots)
    if not _holds(directory, made_of):
        with replaced(directory) as building:
            make(building)
            said = json.dumps({**made_of, "files": _sizes(building)}, indent=2)
            (building / MADE_OF).write_text(said)
    return directory


def _made_of(snapshots: Mapping[str, Snapshot]) -> dict[str, str]:
    here = Path(__file__).parent
    modules = [*(here / name for name in _MODULES), *sorted(_contract().glob("*.py"))]
    text = hashlib.sha256(b"".join(module.read_bytes() for module in modules))
    digests = {name: one.digest for name, one in sorted(snapshots.items())}
    return {**digests, "program": text.hexdigest()}


def _contract() -> Path:
    return Path(str(contract.__file__)).parent


def _holds(directory: Path, made_of: Mapping[str, str]) -> bool:
    """Whether this very survey is there, every file in its size."""
    try:
        said = json.loads((directory / MADE_OF).read_text())
    except (OSError, ValueError):
        return False
    return bool(said == {**made_of, "files": _sizes(directory)})


def _sizes(directory: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in sorted(directory.glob("*.parquet"))}
