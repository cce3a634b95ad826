"""Everything that Dagster sees, in running order. Nothing is discovered.

Reads the environment once, through settings.py. Holds no asset of its own.
"""

import os

import dagster as dg

from moonlanding_assets.pipeline.executor import step_executor
from moonlanding_assets.pipeline.jobs import JOBS
from moonlanding_assets.pipeline.judging import judging
from moonlanding_assets.pipeline.p1_source import (
    COLLECTION_ASSETS,
    SNAPSHOT_ASSETS,
    UNKNOWN_ASSETS,
    sample_plan,
)
from moonlanding_assets.pipeline.p1_target import snapshot_target
from moonlanding_assets.pipeline.p2_normalize import normalize_tables
from moonlanding_assets.pipeline.p3_load import database_app
from moonlanding_assets.pipeline.p3_plan import database_plan
from moonlanding_assets.pipeline.p4_proof import PROOF_ASSETS
from moonlanding_assets.pipeline.p4_validate import VALIDATION_ASSETS
from moonlanding_assets.pipeline.p4_verify import verification_report
from moonlanding_assets.pipeline.p5_parallel import PARALLEL_ASSETS
from moonlanding_assets.pipeline.p5_phases import PHASE_ASSETS, SIGNOFF_ASSETS
from moonlanding_assets.pipeline.p6_cutover import SWITCH_ASSETS
from moonlanding_assets.pipeline.p6_end import END_ASSETS
from moonlanding_assets.pipeline.p6_soak import SOAK_ASSETS, SOAK_SCHEDULES, recipients_of
from moonlanding_assets.pipeline.parallel_watch import PARALLEL_SCHEDULES, PARALLEL_SENSORS
from moonlanding_assets.pipeline.resources import Beside, Project
from moonlanding_assets.pipeline.run_stages import in_run_log, run_stages
from moonlanding_assets.settings import read_settings

os.umask(0o077)  # runs of Dagster's own tools too: what they write may hold personal values
SETTINGS = read_settings()
DEFINITIONS = dg.Definitions(
    assets=[
        *SNAPSHOT_ASSETS,
        snapshot_target,
        sample_plan,
        *COLLECTION_ASSETS,
        *UNKNOWN_ASSETS,
        normalize_tables,
        database_plan,
        database_app,
        *VALIDATION_ASSETS,
        *PROOF_ASSETS,
        verification_report,
        *PHASE_ASSETS,
        *SIGNOFF_ASSETS,
        *PARALLEL_ASSETS,
        *SWITCH_ASSETS,
        *SOAK_ASSETS,
        *END_ASSETS,
    ],
    jobs=JOBS,
    schedules=[*PARALLEL_SCHEDULES, *SOAK_SCHEDULES],
    sensors=PARALLEL_SENSORS,
    resources={
        "project": Project.of(SETTINGS),
        "beside": Beside.of(SETTINGS),
        "soak_recipients": recipients_of(SETTINGS),
        "stages": run_stages(in_run_log, SETTINGS),
        "judging": judging,
    },
    executor=step_executor(SETTINGS),  # in process, unless the run's config names a broker
)
