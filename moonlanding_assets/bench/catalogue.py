"""Everything that is measured in a process of its own, in the order in which it is. Holds no work.

Named, not imported: a process loads what its own stage needs, as the memory it is said to take.
"""

from moonlanding_assets.bench.job import Stage
from moonlanding_assets.settings import SYSTEMS

DAGSTER = "Dagster itself"
RUNS = "all runs"  # the seconds of the runs; what is left of the process are its start and end
STAGING = "staging"
WHOLE_HOME = "whole"

_VALIDATORS = ("row_count", "referential_integrity", "data_types", "pdf_coordinates", "timestamps",
               "file_paths", "json_fields", "fk_constraints")  # fmt: skip


def _floor(name: str, title: str) -> Stage:
    return Stage(name=name, title=title, room="floors", call=name, workers=1, kind="floor")


READING = (
    *(
        Stage(
            name=f"read_{system}_{workers}",
            title=f"read {system}, {count}",
            room="reading",
            call="read_export",
            given=(system,),
            workers=workers,
            kind="alone",
        )
        for system in SYSTEMS
        for workers, count in ((1, "one process"), (2, "two processes"))
    ),
    Stage(name="snapshot", title="snapshots", room="reading", call="take_snapshots"),
    Stage(name="plan_sample", title="plan sample", room="reading", call="plan_sample"),
    Stage(name="cut", title="cut collections", room="reading", call="cut_collections"),
)
MAKING = (
    Stage(name="normalize", title="normalize", room="making", call="make_rows"),
    Stage(name="plan", title="plan the load", room="making", call="make_plan"),
    Stage(name="load", title="load", room="making", call="load_rows"),
)
JUDGING = (
    Stage(name="prove", title="prove", room="judging", call="prove_all"),
    Stage(name="ledger", title="balance the ledger", room="judging", call="balance"),
    Stage(name="validate", title="eight validators", room="judging", call="judge_all"),
    *(
        Stage(
            name=f"validate_{name}",
            title=f"{name} alone",
            room="judging",
            call="judge",
            given=(name,),
            kind="alone",
        )
        for name in _VALIDATORS
    ),
)
FLOORS = (
    _floor("frame_and_check", "framing and CRC alone"),
    _floor("parse_json", "JSON parse alone (orjson)"),
    _floor("insert_prepared", "prepared insert alone (sqlite3)"),
    _floor("insert_inside", "insert inside SQLite alone"),
    _floor("insert_arrow", "insert of Arrow alone (ADBC)"),
)
WHOLE_JOBS = (
    Stage(
        name="whole",
        title="whole job through Dagster",
        room="whole",
        call="whole_job",
        home=WHOLE_HOME,
        kind="job",
        is_from_start=True,
    ),
    Stage(
        name="one_percent",
        title="phase 3.4, 1% of staging",
        room="whole",
        call="one_percent",
        home=STAGING,
        kind="job",
        is_from_start=True,
    ),
)
PREPARATIONS = {
    WHOLE_HOME: Stage(
        name="prepare_whole", title="phases 3.4 and 3.5", room="whole", call="prepare_whole"
    ),
    STAGING: Stage(
        name="prepare_staging", title="staging's snapshots", room="whole", call="prepare_staging"
    ),
}
PEER_TITLES = {
    "sqlite_utils": "sqlite-utils into SQLite",
    "dlt": "dlt into SQLite",
    "firestore_backup": "firestore-backup into SQLite",
    "duckdb": "DuckDB read_json_auto",
}
PEERS = tuple(
    Stage(name=f"peer_{name}", title=title, room="", call="", kind="peer")
    for name, title in PEER_TITLES.items()
)
PEER_INPUT = Stage(
    name="peer_input", title="JSON lines for others", room="peer_input", call="write_lines"
)
LOSSES = {
    name: Stage(
        name=f"losses_{name}",
        title=f"what is lost: {title}",
        room="losses",
        call="count_losses",
        given=(name,),
    )
    for name, title in PEER_TITLES.items()
}


def ask_stage(rows: int) -> Stage:
    """The queries at so many rows."""
    return Stage(
        name=f"ask_{rows}", title=f"queries at {rows:,} rows", room="queries", call="ask",
        given=(str(rows),),
    )  # fmt: skip


def stage_of(name: str) -> Stage:
    """By its name, whatever it measures."""
    if name.startswith("ask_"):
        return ask_stage(int(name.removeprefix("ask_")))
    return STAGE[name]


STAGES: tuple[Stage, ...] = (*READING, *MAKING, *JUDGING, *FLOORS, *WHOLE_JOBS)
STAGE = {one.name: one for one in (*STAGES, *PREPARATIONS.values(), PEER_INPUT, *LOSSES.values())}
