"""Check 1: every person once. Who is one person is worked out again from the raw user documents.

A person has one row, under an e-mail in normal form; each document leads to it; the ledger tells
which documents met there, and lists merges of people with different names for review.
"""

from collections import defaultdict
from collections.abc import Sequence

from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.people import normal_email
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import filled
from moonlanding_assets.validate.verification import Examined, Notes, Subject

EXPECTED_OVERLAP = "10-15 %"
MERGES = "migration_user_merges"
Merges = dict[tuple[str, str], tuple[str, int]]  # user row and path → role and needs_review


def user_deduplication(subject: Subject) -> Examined:
    """Both sides person by person: rows of users, and the record of the merge."""
    people, evidence = subject.links.people, subject.evidence
    users, merges = Tally("users"), Tally(MERGES)
    rows = _rows_by_address(subject, users)
    ledger = {
        path: (outcome, row)
        for path, outcome, row in evidence.query(
            "SELECT path, outcome, row_id FROM migration_documents "
            "WHERE collection IN ('friday/users', 'mwr/users')"
        )
    }
    recorded = _recorded(subject)
    for address, documents in people.groups():
        users.evidence += len(documents)
        row = rows.pop(address, None)
        if row is None:
            users.find("person_lost", path=documents[0].path)
            continue
        users.compared += len(documents)
        _documents(documents, row, ledger, users)
        _merge(documents, row, recorded, merges)
    for row in rows.values():
        if not subject.is_owned("users", row):
            users.find("person_invented", row_id=row)
    for (row, path), _ in recorded.items():
        merges.find("merge_invented", row_id=row, path=path)
    return Examined(tables=(users.result(), merges.result()), notes=_notes(subject, merges))


def _rows_by_address(subject: Subject, tally: Tally) -> dict[str, str]:
    """Normal e-mail to the one row that has it; further rows are people stored twice."""
    rows = dict(subject.links.known_before)
    for row, stored in sorted(subject.evidence.rows("users", "id", "email")):
        address = normal_email(str(stored)) or f"row {row}"
        if address in rows:
            tally.find("person_twice", row_id=row, column="email", detail=f"also {rows[address]}")
        else:
            rows[address] = row
    return rows


def _recorded(subject: Subject) -> Merges:
    """Which document the ledger says was merged into which row."""
    found = subject.evidence.query(
        f"SELECT user_id, path, role, needs_review FROM {MERGES} WHERE field = ''"
    )
    return {(row, path): (role, review) for row, path, role, review in found}


def _documents(
    documents: Sequence[Document], row: str, ledger: dict[str, tuple[str, str]], tally: Tally
) -> None:
    for document in documents:
        outcome, led = ledger.get(document.path, ("", ""))
        expected = "loaded" if row_id(document.path) == row else "merged"
        if led != row:
            detail = f"the ledger leads to {led or 'nothing'}"
            tally.find("wrong_person", row_id=row, path=document.path, detail=detail)
        elif outcome != expected:
            detail = f"{outcome}, expected {expected}"
            tally.find("wrong_outcome", row_id=row, path=document.path, detail=detail)


def _merge(documents: Sequence[Document], row: str, recorded: Merges, tally: Tally) -> None:
    """Every document of a merged person is on record, and doubtful merges are listed."""
    is_own = row in {row_id(document.path) for document in documents}
    if len(documents) < 2 and is_own:
        return
    names = {_name(document) for document in documents} - {""}
    for document in documents:
        tally.evidence += 1
        found = recorded.pop((row, document.path), None)
        if found is None:
            tally.find("merge_not_recorded", row_id=row, path=document.path)
            continue
        tally.compared += 1
        role, needs_review = found
        if (role == "winner") != (row_id(document.path) == row):
            tally.find("wrong_winner", row_id=row, path=document.path, column="role")
        if len(names) > 1 and not needs_review:
            tally.find("doubtful_merge_not_listed", row_id=row, path=document.path)
        tally.counts["to_review"] = tally.counts.get("to_review", 0) + bool(needs_review)


def _name(document: Document) -> str:
    """The name for comparing: case and blanks say nothing."""
    said = filled(document.fields.get("name")) or filled(document.fields.get("displayName"))
    return " ".join(said.casefold().split())


def _notes(subject: Subject, merges: Tally) -> Notes:
    """The overlap of the two systems, for people: it proves nothing."""
    systems: dict[str, set[str]] = defaultdict(set)
    for path, address in subject.links.people.email_of.items():
        systems[address].add(path.partition("/")[0])
    both = sum(len(found) > 1 for found in systems.values())
    share = 100 * both / len(systems) if systems else 0.0
    return {
        "people": len(systems),
        "in_both_systems": both,
        "overlap": f"{share:.1f} % of people (expected {EXPECTED_OVERLAP}; it proves nothing)",
        "documents_without_an_address": len(subject.links.people.without_email),
        "merged_documents_to_review": merges.counts.get("to_review", 0),
    }
