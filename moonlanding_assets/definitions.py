"""Everything that Dagster sees, in running order. Nothing is discovered.

Reads the environment once, through settings.py. Holds no asset of its own.
"""

import dagster as dg

from moonlanding_assets.pipeline.jobs import JOBS
from moonlanding_assets.pipeline.p1_source import (
    COLLECTION_ASSETS,
    SNAPSHOT_ASSETS,
    UNKNOWN_ASSETS,
    sample_plan,
)
from moonlanding_assets.pipeline.p2_normalize import normalize_tables
from moonlanding_assets.pipeline.p3_load import database_app
from moonlanding_assets.pipeline.p4_proof import PROOF_ASSETS
from moonlanding_assets.pipeline.p4_validate import VALIDATION_ASSETS
from moonlanding_assets.pipeline.resources import Project
from moonlanding_assets.pipeline.stages import LoggedStages
from moonlanding_assets.settings import read_settings

DEFINITIONS = dg.Definitions(
    assets=[
        *SNAPSHOT_ASSETS,
        sample_plan,
        *COLLECTION_ASSETS,
        *UNKNOWN_ASSETS,
        normalize_tables,
        database_app,
        *VALIDATION_ASSETS,
        *PROOF_ASSETS,
    ],
    jobs=JOBS,
    resources={"project": Project.of(read_settings()), "stages": LoggedStages()},
    executor=dg.in_process_executor,  # normalize brings its own worker processes
)
