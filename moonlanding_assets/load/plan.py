"""What a run would do to its target, before it does it: the plan, with a digest over all of it.

A plan is made from stage files and the target as they are. It writes nothing. The run that loads
the same stage into the same target does exactly what the plan says; `require_unchanged` refuses
every other one, `differences` compares what was planned with what was done.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import orjson
import pyarrow.parquet as pq

from moonlanding_assets.errors import PlanChanged, StageError, TargetRefused
from moonlanding_assets.load.existing import SchemaChanges, schema_changes
from moonlanding_assets.load.published import NEW, target_digest
from moonlanding_assets.load.stage import open_stage
from moonlanding_assets.load.storage import AnyArray
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import TimestampStorage

PLAN_KEY = "plan_digest"  # of migration_run
_LEDGER = ("migration_documents", "migration_quarantine", "migration_user_merges")
_LEAST_DIGITS = 8
_BATCH_ROWS = 8_192


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All figures are counts.

    inserts: table → rows. documents: outcome → documents. quarantine: reason → lines. merges:
    people (users that several documents or the target make up), into_existing (of those, users
    that the target has), for_review. schema: what would change, in words; refused: why a run would
    refuse the target. stage_digest, target_digest: what the plan was made from (NEW: no target).
    """

    inserts: Mapping[str, int]
    documents: Mapping[str, int]
    quarantine: Mapping[str, int]
    merges: Mapping[str, int]
    schema: tuple[str, ...]
    refused: tuple[str, ...]
    timestamp_storage: TimestampStorage
    stage_digest: str
    target_digest: str

    @property
    def digest(self) -> str:
        """Hex SHA-256 over the canonical JSON of everything else."""
        text = orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()

    def to_json(self) -> bytes:
        """The plan with its digest, as indented JSON; from_json reads it back."""
        whole = {"digest": self.digest, **asdict(self)}
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> "Plan":
        """The plan that to_json wrote; raises ValueError, TypeError, KeyError for anything else."""
        whole = orjson.loads(text)
        digest = whole.pop("digest")
        listed = {name: tuple(whole[name]) for name in ("schema", "refused")}
        plan = cls(**{**whole, **listed})
        if plan.digest != digest:
            raise ValueError("the plan is not the one that its digest speaks of")
        return plan


def make_plan(
    stage: Mapping[str, Path],
    *,
    timestamp_storage: TimestampStorage,
    existing: Path | None = None,
    digest: str | None = None,
) -> Plan:
    """The plan of loading these stage files (table → file), beside the rows of `existing`.

    digest: the target_digest of `existing`, when it is known.

    Raises StageError for a stage that does not fit or lacks the ledger, TargetRefused for a target
    that is no database. A target whose schema does not fit gives a plan that says so.
    """
    missing = [name for name in _LEDGER if name not in stage]
    if missing:
        raise StageError(f"the stage lacks {', '.join(missing)}: normalize the fraction first")
    files = open_stage(stage)
    changes = SchemaChanges() if existing is None else schema_changes(existing)
    documents, quarantine, user_merges = (_quoted(stage[name]) for name in _LEDGER)
    with duckdb.connect() as connection:
        return Plan(
            inserts={file.table.name: file.rows for file in files},
            documents=_counts(connection, "outcome", documents),
            quarantine=_counts(connection, "reason", quarantine),
            merges=_merges(connection, user_merges),
            schema=changes.made,
            refused=changes.refused,
            timestamp_storage=timestamp_storage,
            stage_digest=stage_digest(stage),
            target_digest=digest or (NEW if existing is None else target_digest(existing)),
        )


def require_unchanged(plan: Plan, again: Plan) -> None:
    """Raise TargetRefused, StageError when the plan made again is another one, or refuses."""
    SchemaChanges(made=again.schema, refused=again.refused).require()
    if again.target_digest != plan.target_digest:
        raise TargetRefused("the target has changed since the plan was made; make the plan again")
    if again.digest != plan.digest:
        raise StageError("the stage has changed since the plan was made; make the plan again")


def require_expected(plan: Plan, digest: str) -> None:
    """Raise PlanChanged unless `digest`, or its beginning, is the plan's; "" expects nothing."""
    if digest and (len(digest) < _LEAST_DIGITS or not plan.digest.startswith(digest.lower())):
        raise PlanChanged(
            f"a run would carry out the plan {plan.digest}, not {digest}: look at it with "
            "`moonlanding plan`"
        )


def differences(plan: Plan, rows: Mapping[str, int]) -> tuple[str, ...]:
    """Where the rows that were inserted (table → count) are not the planned ones, in words."""
    return tuple(
        f"{name}: {plan.inserts.get(name, 0)} rows planned, {rows.get(name, 0)} inserted"
        for name in sorted({*plan.inserts, *rows})
        if plan.inserts.get(name, 0) != rows.get(name, 0)
    )


def stage_digest(stage: Mapping[str, Path]) -> str:
    """Hex SHA-256 over the rows of all stage files, whatever their row groups and encodings."""
    total = hashlib.sha256()
    for name in TABLE:
        if name in stage:
            total.update(f"{name} {_file_digest(stage[name])}\n".encode())
    return total.hexdigest()


def _file_digest(file: Path) -> str:
    """Over the columns of one file, their values in the order of the rows, which the key gives."""
    with pq.ParquetFile(file) as parquet:
        names = parquet.schema_arrow.names
        digests = {name: hashlib.sha256(name.encode()) for name in names}
        for batch in parquet.iter_batches(_BATCH_ROWS):
            for name, values in zip(names, batch.columns, strict=True):
                digests[name].update(_joined(values))
    return " ".join(one.hexdigest() for one in digests.values())


def _joined(values: AnyArray) -> bytes:
    """The values as JSON, each with a comma behind it, so that batches can end anywhere."""
    listed = orjson.dumps(values.to_pylist())[1:-1]
    return listed + b"," if listed else b""


def _quoted(file: Path) -> str:
    return "read_parquet('" + str(file).replace("'", "''") + "')"


def _counts(connection: duckdb.DuckDBPyConnection, column: str, source: str) -> dict[str, int]:
    query = f"SELECT {column}, count(*) FROM {source} GROUP BY ALL ORDER BY ALL"
    return {name: int(count) for name, count in connection.execute(query).fetchall()}


def _merges(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, int]:
    query = f"""
        WITH person AS (
            SELECT user_id, bool_or(role = 'winner') AS is_new, max(needs_review) AS for_review
            FROM {source} WHERE field = '' GROUP BY user_id
        )
        SELECT count(*), count(*) FILTER (WHERE NOT is_new), coalesce(sum(for_review), 0)
        FROM person"""
    found = connection.execute(query).fetchone()
    names = ("people", "into_existing", "for_review")
    return dict(zip(names, map(int, found or (0, 0, 0)), strict=True))
