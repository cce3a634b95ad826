"""Where the sync keeps what it knows: paths alone, so that who only looks loads no Firestore."""

from pathlib import Path

from moonlanding_assets.settings import Layout


def present_file(layout: Layout) -> Path:
    """Where the present state of the old systems is kept."""
    return layout.data / "parallel" / "present.db"
