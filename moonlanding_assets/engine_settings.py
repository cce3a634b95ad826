"""Where documents are converted: in processes of this machine, or on Spark. One frozen Spark.

Part of the settings (settings.py reads the environment). Holds no session and knows no package.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.errors import SettingsError

Engine = Literal["local", "spark"]
ENGINES: tuple[Engine, ...] = ("local", "spark")
SCHEMES = ("file", "gs", "hdfs", "s3")


@dataclass(frozen=True, kw_only=True)
class Spark:
    """What a conversion on Spark needs to know.

    `master`: local[2], spark://HOST:PORT, or another that Spark understands. `exchange`: a
    directory (/mnt/shared) or bucket (gs://bucket/name, s3://bucket/name) that this machine and
    the workers reach; "": they all see the data directory under the same path. `python`: the
    interpreter of the workers, with this package in it; "": the one that runs this.
    """

    master: str = "local[*]"
    exchange: str = ""
    python: str = ""

    def __post_init__(self) -> None:
        if not self.master:
            raise SettingsError("the master of Spark is empty: local[2], or spark://HOST:PORT")
        scheme, separator, place = self.exchange.partition("://")
        if separator and scheme not in SCHEMES:
            raise SettingsError(f"the exchange of Spark: {scheme}:// is none of {SCHEMES}")
        if "@" in place.partition("/")[0]:
            raise SettingsError(
                "the exchange of Spark: no credentials in an address; the environment has them"
            )
        if self.exchange and not separator and not self.exchange.startswith("/"):
            raise SettingsError("the exchange of Spark is an absolute path, or scheme://...")

    @property
    def interpreter(self) -> str:
        """The Python of the workers."""
        return self.python or sys.executable


def read_engine(env: Mapping[str, str]) -> Engine:
    """From MOONLANDING_ENGINE; raises SettingsError."""
    named = env.get("MOONLANDING_ENGINE") or "local"
    for engine in ENGINES:
        if engine == named:
            return engine
    raise SettingsError("MOONLANDING_ENGINE must be local or spark, not another word")


def read_spark(env: Mapping[str, str]) -> Spark:
    """From MOONLANDING_SPARK_* and Spark's own PYSPARK_PYTHON; raises SettingsError."""
    return Spark(
        master=env.get("MOONLANDING_SPARK_MASTER") or "local[*]",
        exchange=env.get("MOONLANDING_SPARK_EXCHANGE", ""),
        python=env.get("PYSPARK_PYTHON", ""),
    )
