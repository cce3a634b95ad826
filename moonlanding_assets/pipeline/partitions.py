"""The three fractions as Dagster partitions, in the order in which they are migrated."""

import warnings

import dagster as dg

from moonlanding_assets.settings import FRACTIONS

FRACTION = dg.StaticPartitionsDefinition(FRACTIONS)


def quiet_check_spec(
    name: str, asset: dg.AssetKey, description: str, *, is_blocking: bool = True
) -> dg.AssetCheckSpec:
    """A check with a result for each fraction; a blocking one turns the run red when it fails.

    Partitioned checks are a preview of Dagster 1.13; this is the one place that uses them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Specifying a partitions_def on", dg.PreviewWarning)
        return dg.AssetCheckSpec(
            name,
            asset=asset,
            description=description,
            blocking=is_blocking,
            partitions_def=FRACTION,
        )
