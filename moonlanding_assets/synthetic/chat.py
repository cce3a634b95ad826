"""Chat messages, which both systems write alike.

Holds the fields of one message; who talks where is the callers' business.
"""

import random
from dataclasses import dataclass

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import auto_id, pick
from moonlanding_assets.synthetic.clock import later, stamp
from moonlanding_assets.synthetic.files import chat_file, photo
from moonlanding_assets.synthetic.words import Prose, paragraph


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where a chat takes place: path prefix, who talks, from when on, where its files go."""

    path: str
    emails: tuple[str, ...]
    start_us: int
    folder: str
    bucket: str
    tag: str


def messages(
    rng: random.Random, room: Room, *, count: int, prose: Prose, mark: int
) -> list[tuple[str, v.Fields]]:
    """So many messages, each a path and its fields; `mark` varies what is rare."""
    found: list[tuple[str, v.Fields]] = []
    said_us = room.start_us
    for number in range(count):
        said_us = later(rng, said_us, 4.0)
        fields = {
            "user_email": v.string(pick(rng, room.emails)),
            "datetime": stamp(said_us, number + mark),
            "message": v.string(paragraph(rng, prose.messages, longest=3)),
        }
        _add_rare(rng, fields, room=room, turn=number + mark, said_us=said_us)
        if number and (number + mark) % 3 == 0:
            fields["reply_to"] = v.string(found[-1][0].rsplit("/", 1)[-1])
        found.append((f"{room.path}/{auto_id(rng)}", fields))
    return found


def _add_rare(rng: random.Random, fields: v.Fields, *, room: Room, turn: int, said_us: int) -> None:
    """What only some messages have: a photo, attachments, the browser's tag."""
    if turn % 2 == 0:
        fields["photo"] = photo(rng, turn // 2)
    if turn % 4 == 1:
        fields["attachments"] = v.array(())
    elif turn % 4 == 3:
        file = chat_file(rng, room.folder, bucket=room.bucket, uploaded_us=said_us)
        fields["attachments"] = v.array((file,))
    if turn % 13 == 0:
        fields[room.tag] = v.boolean(True)
