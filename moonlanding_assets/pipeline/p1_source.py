"""Stages 0 and 1: the snapshots of both systems, the sample plan, and the source collections.

Holds the assets `snapshot/*` (once, for all fractions), `sample/plan` and one asset for each
collection of the contract that may be read. How documents are read and chosen is in source/.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.contract.language import Collection
from moonlanding_assets.cutover.freshness import OLD_AFTER, Freshness, freshness_of
from moonlanding_assets.pipeline.metadata import (
    RawMetadata,
    contract_table,
    documents_schema,
    file_metadata,
    rows_table,
)
from moonlanding_assets.pipeline.partitions import FRACTION
from moonlanding_assets.pipeline.sources import take
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import SYSTEMS, Layout, Settings
from moonlanding_assets.source.cut import cut
from moonlanding_assets.source.document import DOCUMENT_SCHEMA
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.sampling import PLAN_FILE, plan
from moonlanding_assets.source.snapshot import Snapshot

SNAPSHOT_GROUP = "0_snapshot"
GROUP = "1_source"
READ_COLLECTIONS = tuple(one for one in COLLECTIONS if one.presence != "secret")
SNAPSHOT_KEYS = {system: dg.AssetKey(["snapshot", system]) for system in SYSTEMS}
PLAN_KEY = dg.AssetKey(["sample", "plan"])
COLLECTION_KEYS = {one.key: dg.AssetKey(one.key.split("/")) for one in READ_COLLECTIONS}
IS_FRESH = "is_fresh"
# Looked at by the daemon of the UI: amber when nobody has taken it for a week, red after four.
TAKEN_LATELY = dg.FreshnessPolicy.time_window(fail_window=4 * OLD_AFTER, warn_window=OLD_AFTER)
UNKNOWN_KEYS = {system: dg.AssetKey([system, "unknown"]) for system in SYSTEMS}


def snapshot_asset(system: str) -> dg.AssetsDefinition:
    """The snapshot of one system: every document of its export or database, immutable."""

    @dg.asset(
        key=SNAPSHOT_KEYS[system],
        group_name=SNAPSHOT_GROUP,
        kinds={"firestore", "parquet"},
        code_version="1",
        metadata={"dagster/column_schema": documents_schema(DOCUMENT_SCHEMA)},
        description=(
            f"All documents of {system} at one moment, read from its managed export or from "
            "live Firestore: a Parquet file a collection, and a manifest with counts and sha256. "
            "All fractions are cut from it. Declared secrets are never read."
        ),
        freshness_policy=TAKEN_LATELY,
        check_specs=[
            dg.AssetCheckSpec(
                IS_FRESH,
                asset=SNAPSHOT_KEYS[system],
                description=(
                    f"The moment that it shows is less than {OLD_AFTER.days} days ago. A warning: "
                    "it blocks nothing, and invented data are never old."
                ),
            )
        ],
    )
    def snapshot(
        project: dg.ResourceParam[Settings], stages: dg.ResourceParam[Stages]
    ) -> Iterator[dg.MaterializeResult[None]]:
        manifest = take(system, project, stages)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(manifest.digest),
            metadata=_contents(manifest),
            check_results=[_freshness(freshness_of(project.layout, system))],
        )

    return snapshot


def _freshness(found: Freshness) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=IS_FRESH,
        passed=not found.is_old,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"shows {found.taken_at}, {found.age_days:,.1f} days ago",
        metadata={"age_days": found.age_days, "snapshot_time": found.taken_at},
    )


def _contents(manifest: Manifest) -> RawMetadata:
    counts = [(key, entry.documents, entry.sha256) for key, entry in manifest.collections.items()]
    return {
        "dagster/row_count": manifest.documents,
        "collections": rows_table(("collection", "documents", "sha256"), counts),
        "snapshot_time": manifest.snapshot_time,
        "read_from": f"{manifest.source.kind}: project {manifest.source.project}",
        "digest": manifest.digest,
        "unknown_collections": len(manifest.unknown),
    }


@dg.asset(
    key=PLAN_KEY,
    deps=list(SNAPSHOT_KEYS.values()),
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"duckdb", "parquet"},
    code_version="1",
    description=(
        "Which documents belong to the fraction, and why. Cut by aggregate, so that no reference "
        "inside a sample points outside it; 1% is part of 10%, 10% of 100%; every feature of the "
        "snapshot occurs."
    ),
)
def sample_plan(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> dg.MaterializeResult[None]:
    """Plan the fraction; its census says what the sample is worth."""
    layout = project.layout
    directory = layout.plan(context.partition_key)
    with stages.work("plan sample") as progress:
        report = plan(
            open_snapshots(layout, with_contents=True),
            fraction=context.partition_key,
            seed=project.sample_seed,
            directory=directory,
            kept=layout.survey,
        )
        progress.advance(sum(report.documents.values()))
    reasons = [
        (system, why, count)
        for system, counts in report.why.items()
        for why, count in counts.items()
    ]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(report.sha256),
        metadata={
            "dagster/row_count": sum(report.sample.values()),
            "real_size": rows_table(("system", "share"), report.shares.items()),
            "why": rows_table(("system", "why", "documents"), reasons),
            "features_in_snapshot": report.features,
            "features_in_sample": report.features_sampled,
            "path": dg.MetadataValue.path(directory),
        },
    )


def open_snapshots(layout: Layout, *, with_contents: bool = False) -> dict[str, Snapshot]:
    """Both snapshots, verified by size, or by sha256 as well; raises SnapshotError."""
    return {
        system: Snapshot.open(layout.snapshot(system), with_contents=with_contents)
        for system in SYSTEMS
    }


def collection_asset(collection: Collection) -> dg.AssetsDefinition:
    """The documents of one collection that belong to the fraction."""

    @dg.asset(
        key=COLLECTION_KEYS[collection.key],
        deps=[SNAPSHOT_KEYS[collection.system], PLAN_KEY],
        partitions_def=FRACTION,
        group_name=GROUP,
        kinds={"firestore", "parquet"},
        code_version="1",
        metadata={
            "dagster/column_schema": documents_schema(DOCUMENT_SCHEMA),
            "contract": contract_table(collection),
        },
        description=f"{collection.purpose}\n\nPaths: `{'`, `'.join(collection.patterns)}`",
    )
    def documents(
        context: dg.AssetExecutionContext,
        project: dg.ResourceParam[Settings],
        stages: dg.ResourceParam[Stages],
    ) -> dg.MaterializeResult[None]:
        snapshot = open_snapshots(project.layout)[collection.system]
        counts = _cut(snapshot, [collection.key], context.partition_key, project.layout, stages)
        file = project.layout.source(context.partition_key, collection.key)
        return dg.MaterializeResult(
            metadata={"dagster/row_count": counts[collection.key], **file_metadata(file)}
        )

    return documents


def unknown_asset(system: str) -> dg.AssetsDefinition:
    """The documents of the fraction in collections that no contract declares."""

    @dg.asset(
        key=UNKNOWN_KEYS[system],
        deps=[SNAPSHOT_KEYS[system], PLAN_KEY],
        partitions_def=FRACTION,
        group_name=GROUP,
        kinds={"firestore", "parquet"},
        code_version="1",
        description=(
            f"Documents of {system} in collections that no contract declares. They are kept in "
            "quarantine, not dropped; declare the collection in contract/ to migrate them."
        ),
    )
    def unknown(
        context: dg.AssetExecutionContext,
        project: dg.ResourceParam[Settings],
        stages: dg.ResourceParam[Stages],
    ) -> dg.MaterializeResult[None]:
        snapshot = open_snapshots(project.layout)[system]
        keys = snapshot.manifest.unknown
        counts = _cut(snapshot, keys, context.partition_key, project.layout, stages)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(counts.values()),
                "collections": rows_table(("collection", "documents"), counts.items()),
            }
        )

    return unknown


def _cut(
    snapshot: Snapshot, keys: Iterable[str], fraction: str, layout: Layout, stages: Stages
) -> dict[str, int]:
    """Cut these collections of the snapshot; documents of each."""
    counts = {}
    with stages.work("cut collections") as progress:
        for key in keys:
            counts[key] = cut(
                snapshot.file(key),
                layout.plan(fraction) / PLAN_FILE,
                collection=key,
                target=layout.source(fraction, key),
            )
            progress.advance(counts[key])
    return counts


SNAPSHOT_ASSETS = [snapshot_asset(system) for system in SYSTEMS]
COLLECTION_ASSETS = [collection_asset(one) for one in READ_COLLECTIONS]
UNKNOWN_ASSETS = [unknown_asset(system) for system in SYSTEMS]
