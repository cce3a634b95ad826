"""What the documents of touched rows become: each one drafted, made rows of again, and judged.

Reads the engine and the store, and changes nothing. How one document is edited is in
document.py, which document a row belongs to in whereabouts.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.errors import StageError
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.compiled import compiled
from moonlanding_assets.parallel.backward.document import Draft, Edit
from moonlanding_assets.parallel.backward.edits import (
    Trying,
    edited_columns,
    is_second,
    iso_row,
    known_key,
    mapping_at,
    named,
    rows_before,
    wrong_row,
)
from moonlanding_assets.parallel.backward.items import RowKey, positions_of
from moonlanding_assets.parallel.backward.rules import NotCarriedError
from moonlanding_assets.parallel.backward.whereabouts import Found
from moonlanding_assets.parallel.forward.changes import sha256_of
from moonlanding_assets.parallel.forward.difference import stored_rows
from moonlanding_assets.parallel.forward.renormalising import Renormaliser
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import TimestampStorage
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import Fields, canonical


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """fields: the document after the edits, None where it goes. refused: rows with reason codes.

    replaced: rows of which the engine makes another one, by another id. is_nothing: it was to be
    made, and cannot be.
    """

    path: str
    fields: Fields | None
    refused: Mapping[RowKey, str]
    replaced: frozenset[RowKey]
    is_nothing: bool = False


@dataclass(frozen=True)
class Drafting:
    """Drafts documents by the engine's present knowledge."""

    engine: Renormaliser
    storage: TimestampStorage

    def draft(self, path: str, base: Fields | None, found: Sequence[Found]) -> Drafted:
        """The document after what applications wrote to these rows of it.

        base: as it is now, None of one that is to be made.
        """
        collection = pattern_key(system_of(path), path)
        main = compiled()[collection].tables[0]
        if not main.mapping.each and any(_is_gone(one, main.name) for one in found):
            return Drafted(path=path, fields=None, refused={}, replaced=frozenset())
        trying = self._trying(path, collection, base or {}, found)
        left = [one for one in trying.edits if one.key not in trying.refused]
        while True:
            draft, bad = self._attempt(trying, left)
            if not bad:
                break
            trying.refused |= bad
            left = [one for one in left if one.key not in bad]
        fields = draft.fields
        if base is None and not main.mapping.each and main.name not in {x.key[0] for x in left}:
            lost = {one.key: "not_made" for one in left}
            refused = {**trying.refused, **lost}
            return Drafted(path=path, fields=None, refused=refused, replaced=frozenset(),
                           is_nothing=True)  # fmt: skip
        return Drafted(
            path=path, fields=fields, refused=trying.refused, replaced=frozenset(draft.replaced)
        )

    def _trying(self, path: str, collection: str, base: Fields, found: Sequence[Found]) -> Trying:
        made = self._made(path, base)
        old = rows_before(made, path, collection, found)
        positions = {
            known_key(key, path, collection, found): at for key, at in positions_of(made).items()
        }
        trying = Trying(path, collection, base, old, positions, ())
        edits = []
        for one in found:
            try:
                edits.append(self._edit(trying, one, found))
            except NotCarriedError as error:
                trying.refused[one.key] = error.reason
        trying.edits = edits
        return trying

    def _edit(self, trying: Trying, one: Found, found: Sequence[Found]) -> Edit:
        mapping = mapping_at(trying, one)
        old = trying.old.get(one.key)
        now = None if one.stored is None else iso_row(one.key[0], one.stored)
        stored = None if one.stored is None else named(one.key[0], one.stored)
        if now is None and is_second(trying.collection, mapping, one, found):
            raise NotCarriedError("second_row_deleted")
        return Edit(
            key=one.key, mapping=mapping, old=old, now=now, stored=stored, parent=one.parent,
            edited=edited_columns(mapping, one, old, now),
        )  # fmt: skip

    def _attempt(self, trying: Trying, edits: Sequence[Edit]) -> tuple[Draft, dict[RowKey, str]]:
        draft = Draft(
            path=trying.path,
            fields=orjson.loads(canonical(trying.base)),
            positions=dict(trying.positions),
            directory=self.engine.directory,
        )
        refused = draft.apply(edits)
        if refused:
            return draft, refused
        try:
            draft.settle_ids(self._made)
            return draft, self._wrong(trying, draft, edits)
        except NotCarriedError as error:
            return draft, {one.key: error.reason for one in edits}

    def _wrong(self, trying: Trying, draft: Draft, edits: Sequence[Edit]) -> dict[RowKey, str]:
        """The edits that the engine does not make again of the document."""
        made = self._made(trying.path, draft.fields)
        tables = {one.key[0] for one in edits}
        try:
            rows = {
                table: stored_rows(TABLE[table], made.rows.get(table, ()), self.storage)
                for table in tables
            }
        except StageError:
            return {one.key: "not_storable" for one in edits}
        wrong: dict[RowKey, str] = {}
        for one in edits:
            reason = "" if one.key in draft.replaced else wrong_row(one, rows, trying)
            if reason:
                wrong[one.key] = reason
        return wrong

    def _made(self, path: str, fields: Fields) -> Output:
        text = canonical(fields)
        collection = pattern_key(system_of(path), path)
        return self.engine.alone(
            RawDocument(path=path, collection=collection, fields=text, sha256=sha256_of(text))
        )


def _is_gone(one: Found, table: str) -> bool:
    return one.stored is None and one.key[0] == table
