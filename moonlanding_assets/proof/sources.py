"""The raw documents of a fraction, as the proof reads them. Holds no comparison."""

from collections.abc import Mapping
from pathlib import Path

from moonlanding_assets.settings import Layout
from moonlanding_assets.source.snapshot import Snapshot


def fraction_sources(
    layout: Layout, fraction: str, snapshots: Mapping[str, Snapshot]
) -> dict[str, Path]:
    """Collection key → Parquet file of the fraction, collections unknown to the contract too."""
    return {
        key: layout.source(fraction, key)
        for snapshot in snapshots.values()
        for key in snapshot.collections
    }
