"""Which way changes flow between the sides now, by the state row and the stream back.

Pure. Holds no stream; service/following.py asks before every step.
"""

from typing import Literal

from moonlanding_assets.parallel.backward.log import StreamState
from moonlanding_assets.parallel.state.control_row import Row

Flow = Literal["OLD->NEW", "NEW->OLD", "none"]


def flow_of(row: Row | None, stream: StreamState) -> Flow:
    """The one direction, or none: in the steps of a switch between two streams, and at the end.

    Before the journal the old direction drains; after it nothing flows until its step 12 has set
    the stream back: started towards OLD, absent towards NEW.
    """
    if row is None:
        return "OLD->NEW"
    if row.state in ("S7", "S11"):
        return "none"
    if row.authority == "NEW":
        return "NEW->OLD" if stream == "started" else "none"
    return "none" if row.journal and stream != "absent" else "OLD->NEW"
