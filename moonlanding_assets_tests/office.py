"""What people do on a working day, for figures of speed: small changes of many documents.

`OldSystems.change` (syncing.py) is the other extreme, for laws: it breaks what it can reach, and
one change in two concerns hundreds of documents. No assertion.
"""

from dataclasses import dataclass, field

import orjson

from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets_tests.handmade import s
from moonlanding_assets_tests.syncing import OldSystems, raw

#: Collections in which work is done all day: of a hundred changes, so many are of each kind.
NEW, CHANGED, GONE = 40, 50, 4
RENAMED = (
    "friday/clients/list/", "friday/engagements/list/", "friday/users/list/",
    "myworkreview/reviews/list/", "myworkreview/users/list/",
)  # fmt: skip
TEXTS = ("message", "text", "question", "groupName", "name")
DAILY = frozenset({
    "friday/engagements_rfis", "friday/engagements_responses", "friday/engagements_files",
    "friday/engagements_chat", "friday/engagements_rfis_team_chat", "friday/engagements_activity",
    "friday/engagements_rfis_activity", "friday/logs", "mwr/logs", "mwr/reviews",
    "mwr/reviews_chat", "mwr/reviews_checklists",
})  # fmt: skip


@dataclass
class Office(OldSystems):
    """Both old systems on a working day.

    Of a hundred changes 40 are new documents, 50 changed fields, 4 deletions, all of them in the
    collections of the day; 6 give a client, an engagement, a review or a person another name.
    """

    _daily: list[str] = field(default_factory=list)
    _named: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        paths = sorted(self.documents)
        self._daily = [one for one in paths if raw(one, {}).collection in DAILY]
        self._named = [one for one in paths if one.startswith(RENAMED) and one.count("/") == 3]

    def change(self) -> Event:
        """One of these."""
        kind = self.chance.randrange(100)
        if kind < NEW:
            return self._new()
        if kind < NEW + CHANGED:
            return self._changed(self.chance.choice(self._daily), *TEXTS)
        if kind < NEW + CHANGED + GONE:
            place = self.chance.randrange(len(self._daily))
            self._daily[place], self._daily[-1] = self._daily[-1], self._daily[place]
            gone = self._daily.pop()
            self._named = [one for one in self._named if one != gone]  # a review is in both
            return self.delete(gone)
        return self._changed(self.chance.choice(self._named), "name")

    def _new(self) -> Event:
        path = self.chance.choice(self._daily)
        fields = orjson.loads(orjson.dumps(self.documents[path]))
        made = f"{path.rpartition('/')[0]}/day{self.chance.randrange(10**12)}"
        self._daily.append(made)
        return self.set(made, fields)

    def _changed(self, path: str, *names: str) -> Event:
        """The first of the fields that the document has says something else."""
        fields = self.documents[path]
        name = next((one for one in names if one in fields), names[0])
        return self.set(path, {**fields, name: s(f"{name} {self.chance.randrange(10**6)}")})
