"""The directory of normalize, kept up to date document by document instead of built at once.

What it holds is what directory_build.build_directory makes of the same documents: a property test
compares the databases that come of both. Holds names, links, roles and ids; people are in
living_people.py. Reads no store.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.directory import Directory, rest_of
from moonlanding_assets.normalize.directory_build import (
    NAMED,
    NAMES,
    ROLE_COLLECTIONS,
    SIBLINGS,
    USER_COLLECTIONS,
)
from moonlanding_assets.normalize.existing import Existing
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.normalize.rowless import rowless
from moonlanding_assets.parallel.forward.tracing import Dependents, Looked, Tracer

ROLES = ("partner", "manager", "clerk")
_CLIENTS, _ENGAGEMENTS = "friday/clients", "friday/engagements"
CAN_LACK_ROW = frozenset((*NAMED, *USER_COLLECTIONS))


class LivingDirectory:
    """`directory` is what the engine is given; its entries note who looks them up."""

    def __init__(self, snapshot_time: str, existing: Existing, tracer: Tracer) -> None:
        self.tracer = tracer
        self.ids: Looked[str, str] = Looked("ids", tracer)
        self.documents: Looked[tuple[str, str], str] = Looked("documents", tracer)
        self.siblings: Looked[str, bool] = Looked("siblings", tracer)
        self.names: Looked[str, str] = Looked("names", tracer)
        self.by_name: Looked[tuple[str, str], str] = Looked("by_name", tracer)
        self.linked: Looked[str, str] = Looked("engagement_of_review", tracer)
        self.roles: Looked[tuple[str, str], str] = Looked("roles", tracer)
        self.role_ids: Looked[tuple[str, str], str] = Looked("role_ids", tracer)
        self.rowless: Looked[str, bool] = Looked("rowless", tracer)
        self.directory = Directory(
            snapshot_time=snapshot_time,
            ids=self.ids,
            documents=self.documents,
            siblings=self.siblings,
            names=self.names,
            by_name=self.by_name,
            engagement_of_review=self.linked,
            roles=self.roles,
            role_ids=self.role_ids,
            rowless=self.rowless,
            taken=existing.taken,
        )
        # Whether a row can be made is judged before ids are known, so nothing here may need them.
        self._judging = Directory(
            snapshot_time=snapshot_time, names=self.names, by_name=self.by_name,
            roles=self.roles, role_ids=self.role_ids, taken=existing.taken,
        )  # fmt: skip
        self._judged = Dependents()
        self._clients_named: dict[str, set[str]] = {}
        self._engagements_linking: dict[str, set[str]] = {}
        self._role_names: dict[str, dict[str, str]] = {key: {} for key in ROLE_COLLECTIONS}
        self._said: dict[str, tuple[str, str, str]] = {}  # path → collection, name, review link

    def enter(self, path: str, document: RawDocument | None, collection: str) -> None:
        """Take in what a document is called and what it links to; None of one that is gone."""
        self._forget(path)
        if document is None:
            return
        fields = orjson.loads(document.fields) if collection in _SAYING else {}
        said = (collection, _text(fields, "name"), _text(fields, "review_link"))
        self._said[path] = said
        self._say(path, *said)

    def _forget(self, path: str) -> None:
        collection, name, link = self._said.pop(path, ("", "", ""))
        self.siblings.put(path, None)
        self.names.put(path, None)
        self._role_names.get(collection, {}).pop(path, None)
        if collection == _CLIENTS:
            self._group(self._clients_named, name.strip(), path, is_in=False)
        if collection == _ENGAGEMENTS:
            self._group(self._engagements_linking, link, path, is_in=False)

    def _say(self, path: str, collection: str, name: str, link: str) -> None:
        if collection in SIBLINGS:
            self.siblings.put(path, True)
        if collection in NAMES:
            self.names.put(path, name or None)
        if collection in self._role_names and name:
            self._role_names[collection][path] = name.strip().lower()
        if collection == _CLIENTS and name:
            self._group(self._clients_named, name.strip(), path, is_in=True)
        if collection == _ENGAGEMENTS and link:
            self._group(self._engagements_linking, link, path, is_in=True)

    @staticmethod
    def _group(groups: dict[str, set[str]], key: str, path: str, *, is_in: bool) -> None:
        if is_in:
            groups.setdefault(key, set()).add(path)
        elif key in groups:
            groups[key].discard(path)
            if not groups[key]:
                del groups[key]

    def settle_names(self, names: Iterable[str]) -> None:
        """Work out again which of the client names are unique."""
        for name in names:
            paths = self._clients_named.get(name, set())
            self.by_name.put((_CLIENTS, name), next(iter(paths)) if len(paths) == 1 else None)

    def said(self, paths: Iterable[str]) -> tuple[set[str], set[str]]:
        """The client names and the review links that these documents say now."""
        said = [self._said[path] for path in paths if path in self._said]
        names = {name.strip() for key, name, _ in said if key == _CLIENTS and name}
        return names, {link for key, _, link in said if key == _ENGAGEMENTS and link}

    def settle_roles(self) -> None:
        """Work out again which role each role id means; there are few."""
        roles: dict[tuple[str, str], str] = {}
        role_ids: dict[tuple[str, str], str] = {}
        for key, system in ROLE_COLLECTIONS.items():
            for path, role in sorted(self._role_names[key].items()):
                if role in ROLES:
                    roles[(system, rest_of(path))] = role
                    role_ids.setdefault((system, role), rest_of(path))
        _become(self.roles, roles)
        _become(self.role_ids, role_ids)

    def to_judge(self) -> set[str]:
        """The documents of which it may no longer be right whether they have a row."""
        return self._judged.touched(self.tracer.changes)

    def judge(self, path: str, document: RawDocument | None, collection: str) -> None:
        """Find out whether the document has a row, and enter or withdraw its id."""
        reads = self.tracer.begin()
        one = () if document is None else (document,)
        is_rowless = any(True for _ in rowless(collection, one, self._judging))
        self._judged.note(path, () if document is None else reads)
        self.rowless.put(path, True if is_rowless else None)
        if collection in NAMED:
            has_row = document is not None and not is_rowless
            identity = row_id(path)
            self.ids.put(path, identity if has_row else None)
            self.documents.put((identity, collection), rest_of(path) if has_row else None)

    def settle_links(self, links: Iterable[str]) -> None:
        """Work out again which review is linked by exactly one engagement, one that has a row."""
        for link in links:
            paths = self._engagements_linking.get(link, set())
            only = next(iter(paths)) if len(paths) == 1 else ""
            self.linked.put(link, self.ids.peek(only) if only else None)


_SAYING = frozenset((*NAMES, *ROLE_COLLECTIONS, _CLIENTS, _ENGAGEMENTS))


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name, {}).get("stringValue", "")
    return text if isinstance(text, str) else ""


def _become(looked: Looked[tuple[str, str], str], wanted: Mapping[tuple[str, str], str]) -> None:
    for key in {*looked, *wanted}:
        looked.put(key, wanted.get(key))
