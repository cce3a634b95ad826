"""What is run as a whole: the snapshot, and one fraction from its cut to its checks.

Groups are named one by one: a partitioned job over `*` would run unpartitioned assets as well,
and take a new snapshot for each fraction.
"""

import dagster as dg

from moonlanding_assets.pipeline import p1_source, p2_normalize, p3_load, p4_validate

TAKE_SNAPSHOT = dg.define_asset_job(
    "take_snapshot",
    selection=dg.AssetSelection.groups(p1_source.SNAPSHOT_GROUP),
    description="Read both managed exports into the snapshot that all fractions are cut from.",
)

MIGRATE_FRACTION = dg.define_asset_job(
    "migrate_fraction",
    selection=dg.AssetSelection.groups(
        p1_source.GROUP, p2_normalize.GROUP, p3_load.GROUP, p4_validate.GROUP
    ),
    description="One fraction of the snapshot: cut, normalize, load, validate.",
)

JOBS = [TAKE_SNAPSHOT, MIGRATE_FRACTION]
