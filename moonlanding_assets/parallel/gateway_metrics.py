"""Counters of the gateway and their Prometheus text. Holds no measuring and no HTTP."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

PREFIX = "moonlanding_gateway_"
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)

HELP = {
    "reads_total": "Reads by the side that answered and how it ended.",
    "read_fallbacks_total": "Reads that the first side did not answer.",
    "writes_total": "Writes by side and how they ended.",
    "stale_epochs_total": "Writes that a side refused for their epoch.",
    "shadow_reads_total": "Compared reads by endpoint and result.",
    "reloads_total": "Readings of the state row, by how they ended.",
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
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: Counter[str] = Counter()

    def add(self, name: str, **labels: str) -> None:
        """Count one."""
        self._counters[(name, tuple(sorted(labels.items())))] += 1

    def took(self, name: str, seconds: float) -> None:
        """Count a duration."""
        for bound in BUCKETS_SECONDS:
            self._buckets[(name, bound)] += seconds <= bound
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
        for bound in BUCKETS_SECONDS:
            yield f'{PREFIX}{name}_bucket{{le="{bound:g}"}} {self._buckets[(name, bound)]}'
        yield f'{PREFIX}{name}_bucket{{le="+Inf"}} {self._counts[name]}'
        yield f"{PREFIX}{name}_sum {self._sums[name]:.6f}"
        yield f"{PREFIX}{name}_count {self._counts[name]}"


def _head(name: str, words: str, kind: str) -> Iterator[str]:
    yield f"# HELP {PREFIX}{name} {words}"
    yield f"# TYPE {PREFIX}{name} {kind}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
