"""How the reading of exports is compiled, and where the machine code is kept.

The modules native_*.py are Python that numba turns into machine code: bytes in, bytes out. It is
kept in __pycache__, in a folder named for the text of all of them, since a kept function does not
notice that one in another file, which it calls, has changed.
Holds no reading. Importing it takes half a second: only large exports are worth that.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

_FUNCTION = TypeVar("_FUNCTION", bound=Callable[..., object])

# No reference counting: nothing is allocated, arrays come from outside. It took half of the time.
# Divisions need no check either: none is by a variable.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "error_model": "numpy"}


def folder_of(modules: Path) -> Path:
    """Where what is compiled of that directory's modules is kept."""
    texts = hashlib.sha256()
    for file in sorted(modules.glob("native*.py")):
        texts.update(file.read_bytes())
    return modules / "__pycache__" / f"native-{texts.hexdigest()[:12]}"


_config: Any = numba.config  # more of it, and of njit's options, than numba's stubs know
_njit: Any = numba.njit
_config.CACHE_DIR = str(folder_of(Path(__file__).parent))


def compiled(function: _FUNCTION) -> _FUNCTION:
    """The function as machine code, for other compiled functions to call."""
    made: _FUNCTION = _njit(**_OPTIONS, no_cpython_wrapper=True)(function)
    return made


def entry(function: _FUNCTION) -> _FUNCTION:
    """The function as machine code with all that it calls: made at its first call, then kept."""
    made: _FUNCTION = _njit(**_OPTIONS, cache=True)(function)
    return made
