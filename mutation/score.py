"""Prints the mutation score of each module, and every change that no test noticed.

Reads only what mutmut has recorded. Run it in the directory where mutmut ran: mutmut reads its
configuration there as soon as it is imported.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from mutmut.__main__ import find_mutant, get_diff_for_mutant

COLUMNS = ("killed", "timeout", "survived", "other")
STATUS = {0: "survived", 1: "killed", 3: "killed", 24: "timeout", -24: "timeout", 36: "timeout",
          152: "timeout", 255: "timeout"}  # fmt: skip
Codes = Mapping[str, int | None]


def results(mutants: Path) -> dict[str, Codes]:
    """Module → mutant → exit code of its tests (None: never run)."""
    found: dict[str, Codes] = {}
    for file in sorted(mutants.rglob("*.py.meta")):
        codes = json.loads(file.read_text())["exit_code_by_key"]
        if codes:
            found[str(file.relative_to(mutants)).removesuffix(".meta")] = codes
    return found


def status(code: int | None) -> str:
    """killed, timeout, survived, or other (no test, not run, crashed): the first two count."""
    return "other" if code is None else STATUS.get(code, "other")


def table(modules: Mapping[str, Codes]) -> Iterator[str]:
    """One line of Markdown a module, and the sums."""
    yield f"| module | mutants | {' | '.join(COLUMNS)} | score |"
    yield f"|---|{'---:|' * (len(COLUMNS) + 2)}"
    sums: Counter[str] = Counter()
    for module, codes in modules.items():
        counts = Counter(map(status, codes.values()))
        sums += counts
        yield line(f"`{module}`", counts)
    yield line("together", sums)


def line(name: str, counts: Counter[str]) -> str:
    """One line of the table."""
    total = sum(counts.values())
    score = (counts["killed"] + counts["timeout"]) / total
    cells = " | ".join(str(counts[one]) for one in COLUMNS)
    return f"| {name} | {total} | {cells} | {score:.1%} |"


def unnoticed(modules: Mapping[str, Codes]) -> Iterator[str]:
    """The lines that each such mutant takes away and puts in."""
    for codes in modules.values():
        for name, code in codes.items():
            if status(code) not in ("killed", "timeout"):
                yield f"{name}: {status(code)}"
                shown = get_diff_for_mutant(name, path=find_mutant(name).path).splitlines()
                changed = (one for one in shown if not one.startswith(("---", "+++")))
                yield from (f"    {one}" for one in changed if one.startswith(("-", "+")))


def main() -> None:
    """Print both."""
    modules = results(Path("mutants/moonlanding_assets"))
    for text in (*table(modules), "", *unnoticed(modules)):
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
