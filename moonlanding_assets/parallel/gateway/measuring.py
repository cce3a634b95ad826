"""What a running gateway measures behind its answers: shadow reads, the canary, and their keeping.

Holds no route, no gate and no decision; what is kept is the evidence of changes of state.
"""

from dataclasses import dataclass, field

from moonlanding_assets.parallel.gateway.canary import Canary
from moonlanding_assets.parallel.gateway.documents import UnavailableError
from moonlanding_assets.parallel.gateway.evidence import Kept
from moonlanding_assets.parallel.gateway.metrics import Metrics
from moonlanding_assets.parallel.gateway.questions import Answer, Question
from moonlanding_assets.parallel.gateway.shadow import Shadow, endpoint_of
from moonlanding_assets.parallel.state.control_row import Line, Row


@dataclass
class Measuring:
    """`kept` None: nothing is written, for tests."""

    shadow: Shadow
    metrics: Metrics
    kept: Kept | None = None
    canary: Canary = field(default_factory=Canary)

    def follow(self, row: Row, history: tuple[Line, ...]) -> None:
        """The state as it is now: what is counted belongs to it."""
        if self.kept is not None:
            counts, self.canary = self.kept.follow(history, self.shadow.counts, self.canary)
            self.shadow.counts = counts
        self.canary.is_counting = row.state in ("S4", "S5") and row.authority == "OLD"

    def keep(self) -> None:
        """Write what was counted; blocks. A full disk takes the evidence, not the service."""
        if self.kept is not None:
            try:
                self.kept.keep(self.shadow.counts, self.canary)
            except OSError:
                self.metrics.add("evidence_total", result="failed")

    async def compare(self, question: Question, answer: Answer) -> None:
        """Compare what OLD answered; a side that is away proves nothing."""
        try:
            result = await self.shadow.compare(question, answer)
        except UnavailableError:
            result = "unavailable"
        self.metrics.add("shadow_reads_total", endpoint=endpoint_of(question), result=result)
