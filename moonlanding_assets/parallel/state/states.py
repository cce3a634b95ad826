"""The states S0 to S11 of leaving the old systems, and the thirteen steps of FREEZING, as data.

OLD is Firestore, NEW is Moonlanding. Holds no way from one state to another (transitions.py) and
no durable row (control.py); docs/cutover-states.md is rendered from here.
"""

from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.parallel.state.requirements import Requirement

Side = Literal["OLD", "NEW"]
Writes = Literal["OLD", "NEW", "held"]

STEP_SECONDS = 2.0  # a step of FREEZING that takes longer is aborted
CANARY_MINUTES = 30
SHADOW_READS = 10_000
SHADOW_READS_AN_ENDPOINT = 50
BACKUP_SECONDS = 900
SOAK_HOURS = 24


def authority(epoch: int) -> Side:
    """The side whose writes count. Epoch 0 is OLD's, and every switch, either way, adds one."""
    return "NEW" if epoch % 2 else "OLD"


@dataclass(frozen=True, kw_only=True)
class State:
    """One state. `entry` is asked to come in, `verified` to go on; `way_back` is in words.

    reads: who answers a read without a session; sync: what runs between the sides.
    """

    key: str
    name: str
    reads: str
    writes: Writes
    sync: str
    entry: tuple[Requirement, ...] = ()
    verified: tuple[Requirement, ...] = ()
    way_back: str


def _true(key: str, says: str) -> Requirement:
    return Requirement(key=key, says=says, equals=True)


def _none(key: str, says: str) -> Requirement:
    return Requirement(key=key, says=says, equals=0)


NO_CONFLICT = _none("conflicts", "no sync conflict is open")
NOTHING_WAITS = (  # for a person to decide
    _none("quarantined", "no event lies in quarantine"),
    _none("undeclared", "nothing came that no declaration knows"),
)
LAG = Requirement(key="lag_seconds", says="the sync is less than 2 s behind", below=2)
CANARY_ACCEPTED = _true("canary_write_accepted", "a canary write to the authority succeeded")
_REVERSE_PROVED = (
    _true("reverse_path_proved", "a scratch document written in NEW appeared in OLD"),
    _none("reverse_path_echoes", "and did not come back"),
)
_NOT_WORSE = (
    Requirement(
        key="error_rate_ratio", says="NEW's errors are at most 10% above OLD's", at_most=1.1
    ),
    Requirement(key="p95_ratio", says="NEW's p95 is at most 10% above OLD's", at_most=1.1),
)

LOADED = State(
    key="S0", name="LOADED", reads="OLD", writes="OLD", sync="none",
    entry=(
        Requirement(key="checks_passed", says="phase 3.7 passed 12 of 12 checks", equals=12),
        Requirement(key="is_stale", says="its evidence is of the present data", equals=False),
        _true("is_signed", "phase 3.7 is signed"),
    ),
    verified=(_true("digest_is_manifest", "the digest of app.db is that of the manifest"),),
    way_back="restore the backup (less than 5 minutes)",
)  # fmt: skip
TAILING = State(
    key="S1", name="TAILING", reads="OLD", writes="OLD", sync="OLD->NEW",
    entry=(
        Requirement(key="gap_us", at_most=0,
                    says="the tail starts at or before the snapshot's read time"),
    ),
    verified=(
        _none("unreconciled_events", "every event is contiguous or reconciled by a sweep"),
        *NOTHING_WAITS,
    ),
    way_back="stop the tail: S0",
)  # fmt: skip
CAUGHT_UP = State(
    key="S2", name="CAUGHT_UP", reads="OLD", writes="OLD", sync="OLD->NEW",
    entry=(
        LAG,
        Requirement(key="lag_held_seconds", says="and was so for 10 minutes", at_least=600),
    ),
    verified=(
        _none("drift", "the drift check found no difference"),
        Requirement(key="clean_sweep_orders", says="twice, in different orders", at_least=2),
    ),
    way_back="wait for the sync: S1",
)  # fmt: skip
SHADOW = State(
    key="S3", name="SHADOW", reads="OLD, NEW compared", writes="OLD", sync="OLD->NEW",
    entry=(*_REVERSE_PROVED, NO_CONFLICT, *NOTHING_WAITS),
    verified=(
        _none("shadow_mismatches", "no compared read differed, after a second look"),
        Requirement(key="shadow_compared", says="of 10,000 compared reads", at_least=SHADOW_READS),
        Requirement(key="shadow_least_per_endpoint", says="at least 50 for each endpoint",
                    at_least=SHADOW_READS_AN_ENDPOINT),
        *NOTHING_WAITS,
    ),
    way_back="stop comparing: S2",
)  # fmt: skip
READS_CANARY = State(
    key="S4", name="READS_CANARY", reads="p% of users NEW, the others OLD", writes="OLD",
    sync="OLD->NEW",
    entry=(
        Requirement(key="percent", says="the share of users is at least 0", at_least=0),
        Requirement(key="percent", says="and at most 100", at_most=100),
        NO_CONFLICT,
    ),
    verified=_NOT_WORSE,
    way_back="p := 0 (S4 with nobody in it), then S3",
)  # fmt: skip
READS_NEW = State(
    key="S5", name="READS_NEW", reads="NEW, else OLD", writes="OLD", sync="OLD->NEW",
    entry=(
        Requirement(key="percent", says="every user reads from NEW", equals=100),
        Requirement(
            key="percent_held_seconds", says="for 30 minutes", at_least=CANARY_MINUTES * 60
        ),
        NO_CONFLICT,
        *NOTHING_WAITS,
    ),
    verified=_NOT_WORSE,
    way_back="p := 0: S4",
)  # fmt: skip
FREEZING = State(
    key="S6", name="FREEZING", reads="NEW", writes="held", sync="draining",
    entry=(
        LAG,
        Requirement(key="disk_free_share", says="a fifth of the disk is free", at_least=0.2),
        *_REVERSE_PROVED,
        Requirement(
            key="backup_age_seconds", says="the backup is younger than 15 min",
            below=BACKUP_SECONDS,
        ),
        _true("is_signed", "the switch is signed"),
        NO_CONFLICT,
        *NOTHING_WAITS,
    ),
    verified=(
        _none("in_flight_writes", "no write is in flight"),
        _true("canary_write_refused", "a canary write to the fenced side was refused"),
        _true("update_time_stood_still", "its newest update time stood still"),
        _none("unapplied_events", "every event up to the position is applied"),
        _none("drift", "the sides are equal"),
        _true("reverse_stream_exists", "the stream back exists, stopped"),
        NO_CONFLICT,
    ),
    way_back="abort: S5 (2 s a step), or where a reverse switch came from",
)  # fmt: skip
JOURNALED = State(
    key="S7", name="JOURNALED", reads="NEW", writes="held", sync="forward stopped",
    verified=(_true("forward_stopped", "the stream of before is stopped"),),
    way_back="none: roll forward only",
)  # fmt: skip
SWITCHED = State(
    key="S8", name="SWITCHED", reads="NEW", writes="NEW", sync="NEW->OLD",
    verified=(
        Requirement(key="echoed_writes", says="the first 100 writes are in OLD", at_least=100),
        Requirement(key="echo_seconds", says="each in less than 5 s", below=5),
        NO_CONFLICT,
    ),
    way_back="reverse switch: the same steps mirrored",
)  # fmt: skip
SOAK = State(
    key="S9", name="SOAK", reads="NEW", writes="NEW", sync="NEW->OLD",
    verified=(
        Requirement(key="soak_hours", says="24 h by the wall clock", at_least=SOAK_HOURS),
        Requirement(key="samples_share", says="with 99.5% of the samples", at_least=0.995),
        _none("abort_criteria_met", "no criterion for going back was met"),
        NO_CONFLICT,
    ),
    way_back="reverse switch, no write lost",
)  # fmt: skip
_ARCHIVED = _true("archive_of_this_soak", "the old systems were archived live after the switch")
COMPLETING = State(
    key="S10", name="COMPLETING", reads="NEW", writes="NEW", sync="NEW->OLD stops last",
    entry=(
        _true("is_approved", "a person approved"),
        _ARCHIVED,
        _true("archive_restored_equal", "the archive was restored and is equal"),
    ),
    verified=(_ARCHIVED, _true("archive_sealed", "the archive is sealed and its digest kept"),),
    way_back="S9, until the archive is sealed",
)  # fmt: skip
COMPLETE = State(
    key="S11", name="COMPLETE", reads="NEW", writes="NEW", sync="none",
    entry=(_true("credentials_revoked", "OLD's credentials are revoked (not deleted)"),),
    way_back="restore, and replay from the archive",
)  # fmt: skip

STATES = (
    LOADED, TAILING, CAUGHT_UP, SHADOW, READS_CANARY, READS_NEW, FREEZING, JOURNALED, SWITCHED,
    SOAK, COMPLETING, COMPLETE,
)  # fmt: skip
STATE = {one.key: one for one in STATES}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of FREEZING. X is the side that wrote until now, Y the one that will.

    undo: what an abort does about it; "" from the journal on, when it is too late.
    """

    number: int
    name: str
    does: str
    undo: str = ""


FREEZING_STEPS = (
    Step(number=1, name="close gate", undo="open the gate",
         does="the router holds writes, reads flow"),
    Step(number=2, name="drain", undo="nothing",
         does="counted in-flight writes go down to 0"),
    Step(number=3, name="fence", undo="X accepts its epoch again, proved by a canary write",
         does="X accepts no epoch: a canary write is refused, the newest update time stands still"),
    Step(number=4, name="position", undo="forget it", does="P := the end of X's log"),
    Step(number=5, name="catch up", undo="nothing",
         does="Y has applied every event up to P (each one, not the highest seen)"),
    Step(number=6, name="verify", undo="nothing",
         does="drift = 0 on all rows changed since the last sweep, digest on the rest"),
    Step(number=7, name="create reverse", undo="drop it",
         does="the stream Y->X exists, stopped, at Y's present end"),
    Step(number=8, name="journal", does="the journal is written: from here only forward"),
    Step(number=9, name="stop forward", does="the stream X->Y is stopped"),
    Step(number=10, name="open", does="Y accepts epoch e+1"),
    Step(number=11, name="route", does="the durable route is Y, e+1; the router reloads"),
    Step(number=12, name="start reverse", does="the stream Y->X runs"),
    Step(number=13, name="open gate", does="held writes go to Y; the journal is done with"),
)  # fmt: skip
JOURNAL_STEP = 8
