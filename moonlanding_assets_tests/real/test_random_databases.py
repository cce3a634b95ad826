"""Fifty migrations of invented firms that have nothing in common: eight validators, no finding.

Firms differ in seed and size, databases in fraction and in how they keep times.
"""

import random
from pathlib import Path

import pytest

from moonlanding_assets.settings import TimestampStorage
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.migrated_demo import (
    migrate_fraction,
    migrate_whole,
    snapshots_of_demo,
)

FRACTIONS = {"1%": 1, "10%": 1, "100%": 8}  # how often: a sample costs as much as migrating it
STORAGES: tuple[TimestampStorage, ...] = ("iso8601", "unix_seconds")
SEEDS = range(101, 151)


def migrated(data: Path, seed: int) -> Evidence:
    """One firm of 400 to 600 documents, migrated."""
    chance = random.Random(seed)
    scale = Scale(friday=chance.randint(200, 300), mwr=chance.randint(200, 300))
    storage = chance.choice(STORAGES)
    (fraction,) = chance.choices(list(FRACTIONS), weights=list(FRACTIONS.values()))
    layout = snapshots_of_demo(data, scale=scale, seed=seed)
    if fraction == "100%":
        return migrate_whole(layout, storage=storage)
    return migrate_fraction(layout, fraction, storage=storage)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_finding_on_a_random_clean_database(tmp_path: Path, seed: int) -> None:
    evidence = migrated(tmp_path, seed)
    reports = [run(validator, evidence) for validator in VALIDATORS]
    evidence.close()
    told = [one.markdown() for one in reports if one.verdict is not Verdict.PASS]
    assert not told, "\n".join(told)
    assert all(one.compared >= 1 and one.finding_count == 0 for one in reports)
