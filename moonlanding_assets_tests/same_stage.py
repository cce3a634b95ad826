"""Two stages compared, table by table and value by value. Makes none."""

from pathlib import Path

import pyarrow.parquet as pq

from moonlanding_assets.schema.catalogue import TABLE


def require_same(stage: Path, plain: Path) -> None:
    """Both hold every table, in the same order, with the same values."""
    assert {one.name for one in stage.iterdir()} == {f"{name}.parquet" for name in TABLE}
    for name in TABLE:
        left, right = (pq.read_table(one / f"{name}.parquet") for one in (stage, plain))
        assert left.schema.names == right.schema.names
        for column in left.schema.names:
            assert left[column].equals(right[column]), (name, column)
