"""Lets this environment see the packages of another one: what is there is not installed again."""

import subprocess
import sys
import sysconfig
from pathlib import Path


def main(python: str) -> None:
    """The argument: the Python of the other environment."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    seen = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)  # noqa: S603
    here = Path(sysconfig.get_path("purelib")) / "project.pth"
    here.write_text(f"import site; site.addsitedir({seen.stdout.strip()!r})\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
