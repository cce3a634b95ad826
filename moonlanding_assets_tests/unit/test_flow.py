"""Which way changes flow: every state, both authorities, with and without a journal."""

from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.backward.log import StreamState
from moonlanding_assets.parallel.backward.stream import BackwardSync, Sent
from moonlanding_assets.parallel.forward.changes import Event, delete_event
from moonlanding_assets.parallel.forward.stream import Applied, ForwardSync
from moonlanding_assets.parallel.service.following import Followed, Following
from moonlanding_assets.parallel.service.listen_stream import ListenStream
from moonlanding_assets.parallel.service.listener import Message
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.flow import Flow, flow_of
from moonlanding_assets.parallel.state.states import STATE

FLOWS = (
    # before any switch, whatever a proof of the way back does with the stream
    ("S1", 0, "", "absent", "OLD->NEW"),
    ("S3", 0, "", "stopped", "OLD->NEW"),
    ("S5", 0, "", "absent", "OLD->NEW"),
    # the switch: drains, stands still from the journal on, then the stream back
    ("S6", 0, "", "stopped", "OLD->NEW"),
    ("S7", 0, "P", "stopped", "none"),
    ("S8", 1, "P", "stopped", "none"),
    ("S8", 1, "P", "started", "NEW->OLD"),
    ("S8", 1, "", "started", "NEW->OLD"),
    ("S9", 1, "", "started", "NEW->OLD"),
    ("S10", 1, "", "started", "NEW->OLD"),
    # the reverse switch, mirrored
    ("S6", 1, "", "started", "NEW->OLD"),
    ("S7", 1, "P", "stopped", "none"),
    ("S7", 1, "P", "started", "none"),
    ("S5", 2, "P", "stopped", "none"),
    ("S5", 2, "P", "absent", "OLD->NEW"),
    ("S2", 2, "", "absent", "OLD->NEW"),
    # the end
    ("S11", 1, "", "stopped", "none"),
    ("S11", 1, "", "started", "none"),
)


@pytest.mark.parametrize(("state", "epoch", "journal", "stream", "flow"), FLOWS)
def test_the_one_direction(
    state: str, epoch: int, journal: str, stream: StreamState, flow: str
) -> None:
    row = Row(epoch=epoch, state=state, journal=journal, evidence_digest="")
    assert flow_of(row, stream) == flow


def test_before_the_first_row_the_old_systems_are_followed() -> None:
    assert flow_of(None, "absent") == "OLD->NEW"


@pytest.mark.parametrize("state", STATE)
@pytest.mark.parametrize("epoch", [0, 1, 2, 3])
@pytest.mark.parametrize("stream", ["absent", "stopped", "started"])
def test_nothing_ever_flows_into_the_side_that_has_authority(
    state: str, epoch: int, stream: StreamState
) -> None:
    for journal in ("", "P"):
        row = Row(epoch=epoch, state=state, journal=journal, evidence_digest="")
        assert flow_of(row, stream) in ("none", f"{row.authority}->{_other(row.authority)}")


def _other(side: str) -> str:
    return "OLD" if side == "NEW" else "NEW"


class Stopping(BackwardSync):
    """A stream back that a switch stops between the look at the flow and the step."""

    def __init__(self) -> None:
        self.is_stopped = False

    def step(self, **asked: object) -> Sent:
        del asked
        raise SyncError("the stream back is stopped: nothing is sent")


def test_a_stream_that_a_switch_stops_in_the_middle_is_no_trouble_of_the_sync() -> None:
    flows: list[Flow] = ["NEW->OLD", "NEW->OLD", "none", "none"]
    following = Following(NoSync(), SimpleQueue(), {}, back=Stopping(), flow=lambda: flows.pop(0))
    following.step()
    assert following.flowing == "NEW->OLD", "said before anything is done"
    following.step()
    assert flows == ["none"]
    flows[:] = ["NEW->OLD"] * 2
    with pytest.raises(SyncError, match="is stopped"):
        following.step()


class NoSync(ForwardSync):
    """Nothing comes, so nothing is asked of it."""

    def __init__(self) -> None:
        pass


class Taking(NoSync):
    """Takes what it is given."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def apply(self, events: Sequence[Event]) -> Applied:
        self.taken += [one.path for one in events]
        return Applied(events=len(events))


class Chatter(SimpleQueue[Message]):
    """One change, and then a server that talks without end and says nothing new."""

    LIMIT = 3_000_000

    def __init__(self, event: Event) -> None:
        self.left = self.LIMIT
        self.event = event

    def get(self, block: bool = True, timeout: float | None = None) -> Message:
        del block, timeout
        self.left -= 1
        if self.left == 0:
            raise Empty
        response = self.event if self.left == self.LIMIT - 1 else None
        return Message(system="friday", response=response)


class Saying(ListenStream):
    """A stream whose messages are the events themselves."""

    def events(self, message: Any) -> Iterator[Event]:
        if message is not None:
            yield message


def test_a_change_does_not_wait_for_a_server_that_never_falls_silent() -> None:
    event = delete_event("friday/clients/list/c1", version=1)
    sync, queue, stream = Taking(), Chatter(event), Saying("friday", "", ())
    silent = cast(Any, SimpleNamespace(token=b"", now_us=lambda: None))
    followed = Followed(listener=silent, stream=stream, reading=silent, clock=silent)
    following = Following(sync, queue, {"friday": followed})
    following.flowing = "OLD->NEW"
    following.step()
    assert sync.taken == [event.path]
    assert queue.left > 0
