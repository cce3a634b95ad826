"""The eight validators in order, and the one way to run them. Holds no comparison."""

import sqlite3
import time

from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.validate.completeness import REFERENTIAL_INTEGRITY, ROW_COUNT
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.fidelity import PDF_COORDINATES, TIMESTAMPS
from moonlanding_assets.validate.integrity import DATA_TYPES, FK_CONSTRAINTS
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.usability import FILE_PATHS, JSON_FIELDS
from moonlanding_assets.validate.validator import TableResult, Validator, Verdict, verdict_of

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


def run(validator: Validator, evidence: Evidence) -> Report:
    """One validator over one database. An exception becomes the verdict ERROR, never a pass."""
    started = time.perf_counter()
    tables: tuple[TableResult, ...] = ()
    digest, snapshots, error = "", dict[str, str](), ""
    try:
        snapshots = dict(evidence.snapshot_digests)
        digest = evidence.database_digest
        evidence.check_inputs()
        tables = validator.examine(evidence)
        verdict = verdict_of(tables)
    except Exception as failure:
        verdict, error = Verdict.ERROR, described(failure)
    return Report(
        name=validator.name,
        title=validator.title,
        fraction=evidence.fraction,
        verdict=verdict,
        tables=tables,
        seconds=time.perf_counter() - started,
        snapshot_digests=snapshots,
        database_digest=digest,
        error=error,
    )


def described(failure: Exception) -> str:
    """What stopped a validator: our own and SQLite's messages, of others the kind alone.

    Messages of other exceptions may quote a value, and values may be personal.
    """
    kind = type(failure).__name__
    is_safe = isinstance(failure, MoonlandingError | sqlite3.Error)
    return f"{kind}: {failure}" if is_safe else kind
