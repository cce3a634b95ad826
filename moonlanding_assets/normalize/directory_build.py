"""Builds the directory of a run from the source files: ids, names, links, roles, merged users.

Holds no conversion of values: user documents become candidates by their mapping, as all others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from moonlanding_assets.mapping.language import Derive
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import RawDocument, fill, work_on
from moonlanding_assets.normalize.compiled import CompiledTable, compiled
from moonlanding_assets.normalize.directory import Directory, rest_of
from moonlanding_assets.normalize.existing import NO_EXISTING, Existing
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.normalize.row import SourceRow
from moonlanding_assets.normalize.rowless import rowless
from moonlanding_assets.normalize.users import Candidate, Merge, merge_users, record_merges

USER_COLLECTIONS = ("friday/users", "mwr/users")
NAMED = (
    "friday/teams", "friday/clients", "friday/engagements", "friday/engagements_rfis",
    "friday/engagements_sections", "friday/templates", "friday/rfis", "mwr/teams",
    "mwr/templates", "mwr/checklists", "mwr/reviews",
)  # fmt: skip
SIBLINGS = ("friday/engagements_responses", "friday/engagements_files")
NAMES = (
    "friday/clients", "friday/entity_types", "friday/engagement_types",
    "friday/engagements_sections",
)  # fmt: skip
ROLE_COLLECTIONS = {
    "friday/users_permissions": "friday",
    "friday/user_groups": "friday",
    "mwr/user_groups": "mwr",
}

Sources = Mapping[str, Path]


def build_directory(
    sources: Sources, *, snapshot_time: str, existing: Existing = NO_EXISTING
) -> tuple[Directory, Output]:
    """The directory of a run, and the rows of the merged users with their ledger lines.

    sources: collection key → its Parquet file of raw documents. existing: what the target holds.
    """
    paths = {key: _paths(sources, key) for key in NAMED}
    ids = {path: row_id(path) for held in paths.values() for path in held}
    documents = {(ids[path], key): rest_of(path) for key, held in paths.items() for path in held}
    roles, role_ids = _roles(sources)
    directory = Directory(
        snapshot_time=snapshot_time,
        ids=ids,
        documents=documents,
        siblings=frozenset(path for key in SIBLINGS for path in _paths(sources, key)),
        names=_names(sources),
        by_name=_by_name(sources),
        engagement_of_review=_linked_reviews(sources, ids),
        roles=roles,
        role_ids=role_ids,
        taken=existing.taken,
    )
    _leave_out_rowless(sources, directory)
    output = Output()
    candidates = list(_candidates(sources, directory))
    merge = merge_users(candidates, existing.users)
    _enter_users(directory, candidates, merge)
    _enter_existing(directory, existing, merge)
    record_merges(candidates, merge, output)
    for email, row in merge.rows.items():
        if email not in merge.existing:
            output.add("users", *row.values())
    for (email, column), rule in sorted(merge.derived.items()):
        output.add("migration_derived", "users", str(merge.rows[email]["id"]), column, rule)
    return directory, output


def _leave_out_rowless(sources: Sources, directory: Directory) -> None:
    """No reference leads to a document that will be quarantined."""
    gone = {
        path: row_id(path)
        for key in (*NAMED, *USER_COLLECTIONS)
        for path in rowless(key, read_documents(sources.get(key), key), directory)
    }
    rows = set(gone.values())
    directory.rowless = frozenset(gone)
    directory.ids = {path: row for path, row in directory.ids.items() if path not in gone}
    directory.documents = {
        key: found for key, found in directory.documents.items() if key[0] not in rows
    }
    directory.engagement_of_review = {
        review: row for review, row in directory.engagement_of_review.items() if row not in rows
    }


def _candidates(sources: Sources, directory: Directory) -> Iterator[Candidate]:
    for key in USER_COLLECTIONS:
        yield from candidates_of(key, read_documents(sources.get(key), key), directory)


def candidates_of(
    collection: str, documents: Iterable[RawDocument], directory: Directory
) -> Iterator[Candidate]:
    """The rows that user documents of one collection would give alone, where they give one."""
    table = compiled()[collection].tables[0]
    for document in documents:
        work = work_on(document, directory, whole_seconds=False)
        row = SourceRow(work=work, table=table.name, id=row_id(document.path), scope=work.fields)
        if document.path not in directory.rowless and not fill(table, row):
            by_fallback = {column: rule for _, _, column, rule in work.derived}
            yield Candidate(
                path=document.path,
                collection=collection,
                columns=row.columns,
                derived={**_always_derived(table), **by_fallback},
            )


def _always_derived(table: CompiledTable) -> dict[str, str]:
    """The columns that no document of the collection ever holds, with their rules."""
    rules = {column.name: column.rule for column in table.columns}
    return {name: rule.make.rule for name, rule in rules.items() if isinstance(rule, Derive)}


def _enter_users(directory: Directory, candidates: Sequence[Candidate], merge: Merge) -> None:
    ids = dict(directory.ids)
    documents = dict(directory.documents)
    rows = {}
    for one in sorted(candidates, key=_path_of):
        email = str(one.columns["email"])
        merged = merge.rows[email]
        identity = str(merged["id"])
        ids[one.path] = identity
        documents.setdefault((identity, one.collection), rest_of(one.path))
        rows[one.path] = {
            name: None if (email, name) in merge.derived else value
            for name, value in merged.items()
        }
    directory.ids, directory.documents, directory.user_rows = ids, documents, rows
    directory.users_by_email = {email: str(row["id"]) for email, row in merge.rows.items()}
    directory.role_of_email = {email: str(row["role"]) for email, row in merge.rows.items()}
    directory.emails = {identity: email for email, identity in directory.users_by_email.items()}


def _enter_existing(directory: Directory, existing: Existing, merge: Merge) -> None:
    """People of the target can be named by their e-mail, whether a document merges with them."""
    found = {email: str(row["id"]) for email, row in existing.users.items()}
    roles = {email: str(row["role"]) for email, row in existing.users.items()}
    directory.users_by_email = {**directory.users_by_email, **found}
    directory.role_of_email = {**directory.role_of_email, **roles}
    directory.emails = {**directory.emails, **existing.emails}
    directory.existing_users = frozenset(found[email] for email in merge.existing)


def _path_of(candidate: Candidate) -> str:
    return candidate.path


def read_documents(file: Path | None, collection: str) -> Iterator[RawDocument]:
    """Every raw document of a source file, in its order; none when there is no file."""
    if file is None:
        return
    columns = ["path", "fields", "sha256"]
    for batch in pq.ParquetFile(file).iter_batches(columns=columns):
        for path, fields, sha256 in zip(*(one.to_pylist() for one in batch.columns), strict=True):
            yield RawDocument(path=path, collection=collection, fields=fields, sha256=sha256)


def _paths(sources: Sources, key: str) -> list[str]:
    file = sources.get(key)
    if file is None:
        return []
    return [str(path) for path in pq.read_table(file, columns=["path"]).column(0).to_pylist()]


def _texts(sources: Sources, key: str, field: str) -> list[tuple[str, str]]:
    """(path, text) of the documents whose field is a string."""
    file = sources.get(key)
    if file is None:
        return []
    query = (
        "SELECT path, json_extract_string(fields, $pointer) AS text FROM read_parquet($file) "
        "WHERE text IS NOT NULL AND text <> '' ORDER BY path"
    )
    parameters = {"pointer": f"$.{field}.stringValue", "file": str(file)}
    with duckdb.connect() as connection:
        return connection.execute(query, parameters).fetchall()


def _names(sources: Sources) -> dict[str, str]:
    return {path: text for key in NAMES for path, text in _texts(sources, key, "name")}


def _by_name(sources: Sources) -> dict[tuple[str, str], str]:
    """Clients whose name no other client has."""
    seen: dict[str, list[str]] = {}
    for path, text in _texts(sources, "friday/clients", "name"):
        seen.setdefault(text.strip(), []).append(path)
    return {("friday/clients", name): paths[0] for name, paths in seen.items() if len(paths) == 1}


def _linked_reviews(sources: Sources, ids: Mapping[str, str]) -> dict[str, str]:
    """Reviews that exactly one engagement names in its review_link."""
    seen: dict[str, list[str]] = {}
    for path, review in _texts(sources, "friday/engagements", "review_link"):
        seen.setdefault(review, []).append(ids[path])
    return {review: found[0] for review, found in seen.items() if len(found) == 1}


def _roles(
    sources: Sources,
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    roles: dict[tuple[str, str], str] = {}
    role_ids: dict[tuple[str, str], str] = {}
    for key, system in ROLE_COLLECTIONS.items():
        for path, name in _texts(sources, key, "name"):
            role = name.strip().lower()
            if role in ("partner", "manager", "clerk"):
                roles[(system, rest_of(path))] = role
                role_ids.setdefault((system, role), rest_of(path))
    return roles, role_ids
