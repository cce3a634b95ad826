"""Whether the steps of a run work in processes of their own, and what they have in common with it.

Holds the two questions and the mark; who gives steps to workers is in executor.py, and what a step
without the mark gets to hear is in load/steps_of.py.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from moonlanding_assets.load.steps_of import Mark
from moonlanding_assets.normalize.spark_task import code_digest
from moonlanding_assets.settings import Settings

# Celery's queue of the steps that write a database: its worker is one, and one process.
WRITER_TAGS = {"dagster-celery/queue": "sqlite_writer"}
_BEGUN_HERE: set[str] = set()


def is_in_workers(run_config: Mapping[str, Any]) -> bool:
    """Whether the run's config names a broker, so that each step is a process of some worker."""
    execution = run_config.get("execution") or {}
    return bool((execution.get("config") or {}).get("broker"))


def begin_here(run_id: str) -> None:
    """Remember that this process runs the run, and none of its steps."""
    _BEGUN_HERE.add(run_id)


def is_begun_here(run_id: str) -> bool:
    """Whether this process runs it: Dagster makes resources there after it, for the result."""
    return run_id in _BEGUN_HERE


def mark_of(settings: Settings, run_id: str) -> Mark:
    """What run and steps must have in common; machines may differ in their number of processes."""
    said = repr(sorted(asdict(replace(settings, workers=0)).items()))
    digest = hashlib.sha256(said.encode()).hexdigest()
    return Mark(run_id=run_id, settings=digest, code=code_digest())
