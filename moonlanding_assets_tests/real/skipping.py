"""Runs that leave the checks out: the database of 1% by hand, then the phase that would close it.

Started as a process of its own, with MOONLANDING_DATA set; prints one JSON line a run.
"""

import dagster as dg

from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.p3_load import DATABASE
from moonlanding_assets.pipeline.run import SILENT
from moonlanding_assets.settings import read_settings
from moonlanding_assets_tests.real.launching import say

LOADED = dg.define_asset_job("loaded", dg.AssetSelection.assets(DATABASE).without_checks())
CLOSED = dg.define_asset_job("closed", selection=[dg.AssetKey(["phase", "3.4"])])
HERE = dg.Definitions(
    assets=DEFINITIONS.assets,
    resources=DEFINITIONS.resources,
    executor=dg.in_process_executor,
    jobs=[LOADED, CLOSED],
)


def loaded() -> dg.JobDefinition:
    """The load alone."""
    return HERE.resolve_job_def("loaded")


def closed() -> dg.JobDefinition:
    """The end of the phase alone."""
    return HERE.resolve_job_def("closed")


def main() -> None:
    """Load, judge nothing, close the phase."""
    with open_instance(read_settings()) as instance:
        given = {"instance": instance, "run_config": SILENT}
        tags = {"dagster/partition": "1%"}
        say("load", dg.execute_job(dg.reconstructable(loaded), tags=tags, **given))
        say("close", dg.execute_job(dg.reconstructable(closed), **given))


if __name__ == "__main__":
    main()
