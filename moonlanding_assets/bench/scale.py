"""Several sizes of one machine beside one another: time a document and memory as they grow.

Holds arithmetic on results and no measuring.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from moonlanding_assets.bench.result import Result

LINEAR_WITHIN = 0.2
MEASURED = ("whole", "snapshot", "normalize", "load", "prove", "ledger", "validate")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One line at one size, beside the smallest size."""

    name: str
    title: str
    documents: int
    seconds: float
    peak_bytes: int
    time_growth: float
    memory_growth: float

    @property
    def microseconds_a_document(self) -> float:
        """Of the median run."""
        return self.seconds / self.documents * 1e6

    @property
    def is_linear(self) -> bool:
        """Whether a document costs what it costs at the smallest size, within the bound."""
        return self.time_growth <= LINEAR_WITHIN


def curve(results: Sequence[Result]) -> list[Point]:
    """Every measured line at every size; growth is that of seconds a document, and of memory.

    The results are ascending by size; the first one is what the others are compared with.
    """
    return [
        _point(results[0], result, name)
        for name in MEASURED
        if all(name in one.lines for one in results)
        for result in results
    ]


def _point(first: Result, result: Result, name: str) -> Point:
    least, line = first.lines[name], result.lines[name]
    documents, first_documents = line.runs[0].documents, least.runs[0].documents
    each, first_each = line.seconds / documents, least.seconds / first_documents
    return Point(
        name=name,
        title=line.title,
        documents=documents,
        seconds=line.seconds,
        peak_bytes=line.peak_bytes,
        time_growth=each / first_each - 1,
        memory_growth=line.peak_bytes / least.peak_bytes - 1,
    )
