"""Counters of the gateway and their Prometheus text. Holds no measuring and no HTTP."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

PREFIX = "moonlanding_gateway_"
BUCKETS_SECONDS = (
    0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.012, 0.015, 0.02, 0.025, 0.03, 0.04,
    0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0,
    3.0, 5.0, 10.0,
)  # fmt: skip

HELP = {
    "reads_total": "Reads by the side that answered and how it ended.",
    "read_fallbacks_total": "Reads that the first side did not answer.",
    "writes_total": "Writes by side and how they ended.",
    "stale_epochs_total": "Writes that a side refused for their epoch.",
    "shadow_reads_total": "Compared reads by endpoint and result.",
    "evidence_total": "Writings of the evidence that did not succeed.",
    "reloads_total": "Readings of the state row, by how they ended.",
    "answers_total": "Answers to requests for documents, by class of status.",
    "answer_seconds": "Time of an answer, refusals and faults included.",
    "read_seconds": "Time of a read.",
    "write_seconds": "Time of a write, its wait at the gate included.",
    "gate_open": "1 while writes pass.",
    "writes_in_flight": "Writes that passed the gate and have not ended.",
    "writes_held": "Writes that wait at the gate.",
    "epoch": "The epoch of the route.",
    "state": "The number of the state, 0 to 11.",
}

_Labels = tuple[tuple[str, str], ...]


class Metrics:
    """What happened since the start."""

    def __init__(self) -> None:
        self._counters: Counter[tuple[str, _Labels]] = Counter()
        self._buckets: Counter[tuple[str, int]] = Counter()
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: Counter[str] = Counter()

    def add(self, name: str, **labels: str) -> None:
        """Count one."""
        self._counters[(name, tuple(sorted(labels.items())))] += 1

    def took(self, name: str, seconds: float) -> None:
        """Count a duration."""
        self._buckets[(name, bisect_left(BUCKETS_SECONDS, seconds))] += 1
        self._sums[name] += seconds
        self._counts[name] += 1

    def count(self, name: str, **labels: str) -> int:
        """The sum over all series that have these labels."""
        wanted = set(labels.items())
        return sum(
            number
            for (found, has), number in self._counters.items()
            if found == name and wanted <= set(has)
        )

    def by_label(self, name: str, label: str) -> dict[str, int]:
        """The counts of a counter, summed by the values of one of its labels."""
        found: Counter[str] = Counter()
        for (one, labels), number in self._counters.items():
            if one == name:
                found[dict(labels).get(label, "")] += number
        return dict(sorted(found.items()))

    def text(self, gauges: Mapping[str, float]) -> str:
        """Everything, with the gauges of this moment."""
        return "\n".join(self._lines(gauges)) + "\n"

    def _lines(self, gauges: Mapping[str, float]) -> Iterator[str]:
        for name, words in HELP.items():
            if name in gauges:
                yield from _head(name, words, "gauge")
                yield f"{PREFIX}{name} {gauges[name]:g}"
            elif name.endswith("_seconds"):
                yield from _head(name, words, "histogram")
                yield from self._histogram(name)
            else:
                yield from _head(name, words, "counter")
                yield from self._series(name)

    def _series(self, name: str) -> Iterator[str]:
        for (found, labels), number in sorted(self._counters.items()):
            if found == name:
                listed = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels)
                yield f"{PREFIX}{name}{{{listed}}} {number}"

    def _histogram(self, name: str) -> Iterator[str]:
        reached = 0
        for place, bound in enumerate(BUCKETS_SECONDS):
            reached += self._buckets[(name, place)]
            yield f'{PREFIX}{name}_bucket{{le="{bound:g}"}} {reached}'
        yield f'{PREFIX}{name}_bucket{{le="+Inf"}} {self._counts[name]}'
        yield f"{PREFIX}{name}_sum {self._sums[name]:.6f}"
        yield f"{PREFIX}{name}_count {self._counts[name]}"


def _head(name: str, words: str, kind: str) -> Iterator[str]:
    yield f"# HELP {PREFIX}{name} {words}"
    yield f"# TYPE {PREFIX}{name} {kind}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
