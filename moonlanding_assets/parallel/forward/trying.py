"""Events tried before they are taken in: one that no engine can carry must not stop the others.

Changes nothing.
"""

from collections.abc import Sequence

from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.parallel.forward.changes import Change, Event, Poison, read
from moonlanding_assets.parallel.forward.difference import stored_rows
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.renormalising import Renormaliser
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import TimestampStorage


def unseen(present: Present, events: Sequence[Event]) -> list[Event]:
    """Those that did not come before, each once."""
    by_id: dict[str, Event] = {}
    for one in events:
        by_id.setdefault(one.event_id, one)
    seen = present.seen(by_id)
    return [one for one in by_id.values() if one.event_id not in seen]


def carriable(
    engine: Renormaliser, storage: TimestampStorage, events: Sequence[Event]
) -> list[Change | Poison]:
    """The changes; poison instead of those that cannot be read, or that no engine can carry."""
    found = [read(one) for one in events]
    try:
        _try(engine, storage, [one for one in found if isinstance(one, Change)])
        return found
    except Exception:  # one of them: the others must not suffer for it
        return [_alone(engine, storage, one) for one in found]


def _alone(
    engine: Renormaliser, storage: TimestampStorage, one: Change | Poison
) -> Change | Poison:
    try:
        _try(engine, storage, [one] if isinstance(one, Change) else [])
        return one
    except Exception as error:  # whatever it is, one document must not stop the stream
        return Poison(event=one.event, reason=f"raises_{type(error).__name__}")


def _try(engine: Renormaliser, storage: TimestampStorage, changes: Sequence[Change]) -> None:
    """Raises whatever the engine or the database's types have against these documents."""
    documents = [
        RawDocument(
            path=one.event.path,
            collection=one.collection,
            fields=one.fields,
            sha256=one.event.sha256,
        )
        for one in changes
        if one.event.op == "set"
    ]
    for table, rows in engine.trial(documents).rows.items():
        stored_rows(TABLE[table], rows, storage)
