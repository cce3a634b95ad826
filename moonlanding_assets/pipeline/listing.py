"""The assets in words, for the reference page: group, key, kinds, checks. Holds no rendering."""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True, kw_only=True)
class AssetLine:
    """One asset as the UI shows it."""

    group: str
    key: str
    kinds: tuple[str, ...]
    is_partitioned: bool
    checks: tuple[str, ...]
    description: str


def asset_lines(definitions: dg.Definitions) -> Iterator[AssetLine]:
    """Every asset in the order of definitions.py."""
    checks: dict[dg.AssetKey, list[str]] = {}
    assets = [one for one in definitions.assets or () if isinstance(one, dg.AssetsDefinition)]
    for asset in assets:
        for check in asset.check_specs:
            checks.setdefault(check.asset_key, []).append(check.name)
    for asset in assets:
        for spec in asset.specs:
            yield AssetLine(
                group=spec.group_name or "",
                key=spec.key.to_user_string(),
                kinds=tuple(sorted(spec.kinds)),
                is_partitioned=spec.partitions_def is not None,
                checks=tuple(checks.get(spec.key, ())),
                description=(spec.description or "").partition("\n")[0],
            )
