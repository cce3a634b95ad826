"""Parts of the machine that tests need: skipped with the reason, a failure in CI."""

import os

import pytest


def require(missing: str | None) -> None:
    """Nothing where the part is there (None); else skip with the reason, or fail when CI=true."""
    if missing is None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
