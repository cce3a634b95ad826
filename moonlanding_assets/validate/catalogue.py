"""The eight validators in order, and the one way to run them. Holds no comparison."""

import time
from collections.abc import Iterable

from moonlanding_assets.validate.completeness import REFERENTIAL_INTEGRITY, ROW_COUNT
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.fidelity import PDF_COORDINATES, TIMESTAMPS
from moonlanding_assets.validate.integrity import DATA_TYPES, FK_CONSTRAINTS
from moonlanding_assets.validate.passes import Passes
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.usability import FILE_PATHS, JSON_FIELDS
from moonlanding_assets.validate.validator import (
    Stopped,
    TableResult,
    Validator,
    Verdict,
    verdict_of,
)

VALIDATORS: tuple[Validator, ...] = (
    ROW_COUNT,
    REFERENTIAL_INTEGRITY,
    DATA_TYPES,
    PDF_COORDINATES,
    TIMESTAMPS,
    FILE_PATHS,
    JSON_FIELDS,
    FK_CONSTRAINTS,
)


def announce(validators: Iterable[Validator], evidence: Evidence) -> None:
    """Say which validators will be run: the documents are then read once for all of them."""
    evidence.once(Passes).announce([one.kind for one in validators if one.kind is not None])


def run(validator: Validator, evidence: Evidence) -> Report:
    """One validator over one database. An exception becomes the verdict ERROR, never a pass.

    Of a pass over the documents that serves several, its own share counts among its seconds.
    """
    started, passes = time.perf_counter(), evidence.once(Passes)
    before = passes.wall_seconds
    tables: tuple[TableResult, ...] = ()
    digest, snapshots, error = "", dict[str, str](), ""
    try:
        snapshots = dict(evidence.snapshot_digests)
        digest = evidence.database_digest
        evidence.check_inputs()
        tables = validator.examine(evidence)
        verdict = verdict_of(tables)
    except Exception as failure:
        verdict, error = Verdict.ERROR, str(Stopped.by(failure))
    own = 0.0 if validator.kind is None else passes.own_seconds.get(validator.kind, 0.0)
    return Report(
        name=validator.name,
        title=validator.title,
        fraction=evidence.fraction,
        verdict=verdict,
        tables=tables,
        seconds=time.perf_counter() - started - (passes.wall_seconds - before) + own,
        snapshot_digests=snapshots,
        database_digest=digest,
        error=error,
    )
