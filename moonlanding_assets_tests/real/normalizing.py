"""One normalize run on Spark: a process of its own, in the environment that has Spark.

Given a file of words as JSON: sources by collection, stage, and the fields of Spark.
"""

import json
import sys
from pathlib import Path

from moonlanding_assets.engine_settings import Spark
from moonlanding_assets.normalize.run import normalize
from moonlanding_assets_tests.handmade import NOON


class Counted:
    """Progress that adds up, to be compared with the documents that there are."""

    def __init__(self) -> None:
        self.documents = 0

    def advance(self, documents: int) -> None:
        """Add them."""
        self.documents += documents


def main(words: str) -> None:
    """Normalize; prints how many documents were said to be done."""
    given = json.loads(Path(words).read_text())
    counted = Counted()
    normalize(
        sources={key: Path(file) for key, file in given["sources"].items()},
        snapshot_time=NOON,
        stage=Path(given["stage"]),
        workers=1,
        timestamp_storage="iso8601",
        progress=counted,
        spark=Spark(**given["spark"]),
    )
    sys.stdout.write(f"{counted.documents}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
