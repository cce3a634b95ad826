"""Searching as people do: a rare word of a row's own source text finds that row, and what is in
no text finds nothing. Each index is also compared with its table by FTS5 itself.

Words are taken apart here a second time, as unicode61 does it: no case, no accents.
"""

import re
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from moonlanding_assets.schema.catalogue import SEARCH, quoted
from moonlanding_assets.schema.columns import SearchIndex
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.row_rules import take
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.scalars import trimmed
from moonlanding_assets.validate.screens import search_sql
from moonlanding_assets.validate.validator import TableResult, Tally
from moonlanding_assets.validate.verification import Subject

SEARCHES_AN_INDEX = 25
ABSENT = "qzxwvkjq"  # a word of no language, with a number behind it
_WORD = re.compile(r"(?<![^\W_])[a-z]{4,}(?![^\W_])")  # neither letter nor digit around it
_NAME = take("name", "displayName", by=trimmed)


class Texts:
    """What the source says in every column that is searched, gathered row by row."""

    columns = {one.content: one.columns for one in SEARCH if one.content in SCALARS}

    def __init__(self, subject: Subject) -> None:
        self._found: dict[str, dict[str, str]] = defaultdict(dict)
        self._found["users.name"] = dict(_names(subject))

    def note(self, row: SourceRow) -> None:
        """Take in a row of the source that the file must have."""
        for column in self.columns.get(row.table, ()):
            rule = SCALARS[row.table].get(column)
            text = None if rule is None else rule(row)
            if isinstance(text, str):
                self._found[f"{row.table}.{column}"][row.row_id] = text

    def of(self, table: str, column: str) -> dict[str, str]:
        """Row id to text; empty where the source fills nothing."""
        return self._found.get(f"{table}.{column}", {})


def compare_search(
    subject: Subject, application: sqlite3.Connection, texts: Texts
) -> Iterator[TableResult]:
    """One result for each of the 16 indexes."""
    for index in SEARCH:
        tally = Tally(index.name)
        if not _is_there(application, index):
            tally.evidence = 1
            tally.find("index_missing")
        elif _agrees(application, index, tally):
            for column in index.columns:
                found = texts.of(index.content, column)
                _column(subject, application, (index, column), found, tally)
        yield tally.result()


def _names(subject: Subject) -> Iterator[tuple[str, str]]:
    """Names of people who have one document, so that there is no doubt which name counts."""
    for address, documents in subject.links.people.groups():
        row = subject.links.user_rows.get(address)
        if address in subject.links.known_before:
            continue
        name = _NAME(SourceRow("users", "", "", "", documents[0].fields, "", {}))
        if row and len(documents) == 1 and isinstance(name, str):
            yield row, name


def _is_there(application: sqlite3.Connection, index: SearchIndex) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return application.execute(query, (index.name,)).fetchone() is not None


def _agrees(application: sqlite3.Connection, index: SearchIndex, tally: Tally) -> bool:
    """Whether the index agrees with its table, asked of FTS5 itself."""
    name = quoted(index.name)
    tally.compared += 1
    tally.evidence += 1
    try:
        application.execute(f"INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        tally.find("index_differs_from_table", detail=type(error).__name__)
        return False
    return True


def _column(
    subject: Subject,
    application: sqlite3.Connection,
    place: tuple[SearchIndex, str],
    texts: dict[str, str],
    tally: Tally,
) -> None:
    """Search for the rarest word of a few rows, and for a word that is nowhere."""
    index, column = place
    words = {row_id: _words(text) for row_id, text in texts.items()}
    frequency = Counter(word for found in words.values() for word in found)
    chance = subject.chance(f"{index.name}.{column}")
    candidates = sorted(row_id for row_id, found in words.items() if found)
    for row_id in chance.sample(candidates, min(len(candidates), SEARCHES_AN_INDEX)):
        _word_of(application, place, row_id, (words, frequency), tally)
    if texts:
        absent = f"{ABSENT}{chance.randrange(10**6)}"
        hits = _hits(application, place, absent)
        tally.evidence += 1
        tally.compared += 1
        if hits:
            tally.find("found_without_reason", row_id=min(hits), column=column)


def _word_of(
    application: sqlite3.Connection,
    place: tuple[SearchIndex, str],
    row_id: str,
    known: tuple[dict[str, frozenset[str]], Counter[str]],
    tally: Tally,
) -> None:
    words, frequency = known
    rare = min(sorted(words[row_id]), key=frequency.__getitem__)
    hits = _hits(application, place, rare)
    expected = {one for one, found in words.items() if rare in found}
    tally.evidence += 1
    tally.compared += row_id in hits
    column = place[1]
    if row_id not in hits:
        tally.find("not_found_by_its_word", row_id=row_id, column=column)
    for one in sorted(expected - hits - {row_id}):
        tally.find("not_found_by_its_word", row_id=one, column=column)
    for one in sorted((hits & words.keys()) - expected):
        tally.find("found_without_reason", row_id=one, column=column)


def _hits(
    application: sqlite3.Connection, place: tuple[SearchIndex, str], word: str
) -> frozenset[str]:
    index, column = place
    query = search_sql(index.name, index.content)
    found = application.execute(query, (f'{column} : "{word}"',)).fetchall()
    return frozenset(str(row_id) for (row_id,) in found)


def _words(text: str) -> frozenset[str]:
    """Words of at least four plain letters; accents are taken off as the index does."""
    bare = text.lower()
    if not bare.isascii():
        plain = unicodedata.normalize("NFD", bare)
        bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(_WORD.findall(bare))
