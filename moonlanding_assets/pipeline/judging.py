"""The resource `judging`: what the validators of one run read, read once for all of them.

Holds no comparison and no verdict. Where each step has a process of its own, each reads for itself.
"""

from collections.abc import Iterator

import dagster as dg

from moonlanding_assets.pipeline.in_workers import is_in_workers
from moonlanding_assets.settings import Settings
from moonlanding_assets.validate.catalogue import VALIDATORS, announce
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Validator


def op_name(validator: Validator) -> str:
    """The name of the step that runs a validator."""
    return f"validation__{validator.name}"


class Judging:
    """The evidence on each fraction that this run judges."""

    def __init__(self) -> None:
        self._evidence: dict[str, Evidence] = {}

    def evidence(self, context: dg.AssetExecutionContext, project: Settings) -> Evidence:
        """What the validators of the run share; they are announced to it by the first of them."""
        fraction = context.partition_key
        found = self._evidence.get(fraction)
        if found is None:
            found = self._evidence[fraction] = Evidence(
                project.layout, fraction, file_root=project.file_root, workers=project.workers
            )
            announce(_of_run(context), found)
        return found

    def close(self) -> None:
        """Close what was opened."""
        for one in self._evidence.values():
            one.close()
        self._evidence.clear()


@dg.resource(description="What the validators of a run read of both sides, once for all of them.")
def judging(_: dg.InitResourceContext) -> Iterator[Judging]:
    """Made with the run, closed with it."""
    shared = Judging()
    try:
        yield shared
    finally:
        shared.close()


def _of_run(context: dg.AssetExecutionContext) -> list[Validator]:
    """The validators whose steps this run, in this process, executes."""
    if is_in_workers(context.run.run_config):
        return []
    steps = context.run.step_keys_to_execute or context.job_def.graph.node_dict
    return [one for one in VALIDATORS if op_name(one) in steps]
