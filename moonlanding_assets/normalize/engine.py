"""Which engine converts the shards: processes of this machine, or Spark.

Holds the choice, and what has to be here before Spark can be imported at all.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from moonlanding_assets.engine_settings import Spark
from moonlanding_assets.errors import EngineMissing
from moonlanding_assets.normalize.shards import Runner, in_processes

PACKAGES = ("pyspark", "pandas")  # mapInArrow refuses to work without pandas, and does not use it


def runner_of(workers: int, spark: Spark | None) -> Runner:
    """Spark where it is given, else so many processes. Raises EngineMissing."""
    if spark is None:
        return in_processes(workers)
    require_spark()
    from moonlanding_assets.normalize.on_spark import on_spark

    return on_spark(spark)


def require_spark() -> None:
    """Raise EngineMissing, with what to install, where Spark cannot be started."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineMissing(
            f"the engine spark needs {' and '.join(missing)}, which this Python does not have: "
            "install the extra `spark` (pip install 'moonlanding-assets[spark]'), or choose the "
            "engine local"
        )
    if not has_java():
        home = os.environ.get("JAVA_HOME")
        looked = f"JAVA_HOME is {home}, which has no bin/java" if home else "none is on the PATH"
        raise EngineMissing(
            f"the engine spark needs Java besides its extra `spark`, 17 or newer; {looked}: "
            "apt-get install openjdk-17-jre-headless, or choose the engine local"
        )


def has_java() -> bool:
    """Whether Spark would find a Java: where JAVA_HOME is set it looks nowhere else."""
    home = os.environ.get("JAVA_HOME")
    if home:
        return os.access(Path(home) / "bin" / "java", os.X_OK)
    return shutil.which("java") is not None
