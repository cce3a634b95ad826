"""Damage to rows and what holds them together: lost, added, doubled, re-parented, forged.

Declarations only.
"""

from moonlanding_assets_tests.corruptions import (
    FK,
    KINDS,
    LINKS,
    PDF,
    ROWS,
    Corruption,
    copied_row,
    update,
)

NOBODY = "'00000000-0000-5000-8000-000000000000'"
NEW_ID = "'00000000-0000-5000-8000-00000000000a'"


def _lost(name: str, table: str, *caught_by: str) -> Corruption:
    return Corruption(
        name=name,
        pick=f"SELECT id FROM {table} ORDER BY id DESC LIMIT 1",
        change=(f"DELETE FROM {table} WHERE id = :id",),
        caught_by=caught_by,
    )


ROWS_LOST = (
    _lost("comment lost", "highlight_comment", ROWS),
    _lost("file lost", "file", ROWS),
    _lost("collaborator lost", "collaborator", ROWS),
    _lost("checklist item lost", "checklist_item", ROWS),
    _lost("flag lost", "flag", ROWS),
    Corruption(
        name="highlight lost with its rectangles",
        pick="SELECT highlight_id FROM migration_highlight_rects ORDER BY 1 LIMIT 1",
        change=(
            "DELETE FROM migration_highlight_rects WHERE highlight_id = :id",
            "DELETE FROM highlight WHERE id = :id",
        ),
        caught_by=(ROWS, PDF),
    ),
    Corruption(
        name="table emptied",
        pick="SELECT id FROM file ORDER BY id LIMIT 1",
        change=("DELETE FROM file",),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="row lost and put into quarantine",
        pick="SELECT row_id FROM migration_items WHERE table_name = 'checklist_item' "
        "ORDER BY row_id LIMIT 1",
        change=(
            "DELETE FROM checklist_item WHERE id = :id",
            "INSERT INTO migration_quarantine SELECT path, locator, table_name, 'question', "
            "'missing_required' FROM migration_items WHERE row_id = :id",
            "DELETE FROM migration_items WHERE row_id = :id",
        ),
        caught_by=(ROWS,),
    ),
)
ROWS_ADDED = (
    Corruption(
        name="row added",
        pick=f"SELECT {NEW_ID}",
        change=(
            "INSERT INTO team (id, name, created_at) VALUES (:id, 'x', '2026-02-05T00:00:00.000Z')",
        ),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="row in a table that no source feeds",
        pick="SELECT 's'",
        change=(
            "INSERT INTO sessions (id, user_id, expires_at) SELECT 's', id, created_at "
            "FROM users LIMIT 1",
        ),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="row doubled under another id",
        pick=f"SELECT {NEW_ID}",
        change=(
            copied_row("rfi_responses", id=NEW_ID).replace(
                "WHERE id = :id", "WHERE :id <> '' LIMIT 1"
            ),
        ),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="invented user hidden as a placeholder",
        pick=f"SELECT {NEW_ID}",
        change=(
            "INSERT INTO users (id, email, name, password_hash, role, created_at, type) VALUES "
            "(:id, 'x@example.com', 'X', '!', 'partner', '2026-02-05T00:00:00.000Z', 'auditor')",
            "INSERT INTO migration_placeholders VALUES ('users', :id, 'email:x@example.com', 'x')",
        ),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="placeholder for somebody who exists",
        pick="SELECT id FROM users WHERE id IN (SELECT row_id FROM migration_documents) "
        "ORDER BY id LIMIT 1",
        change=(
            "INSERT INTO migration_placeholders SELECT 'users', id, 'email:' || email, 'x' "
            "FROM users WHERE id = :id",
        ),
        caught_by=(LINKS,),
    ),
)


def _other(name: str, where: str, column: str, parent: str) -> Corruption:
    """The reference set to another row that exists."""
    other = f"(SELECT o.id FROM {parent} AS o WHERE o.id <> {column} ORDER BY 1 LIMIT 1)"
    condition = where if ": " in where else f"{where}: {column} IS NOT NULL"
    return update(name, condition, f"{column} = {other}", LINKS)


WRONG_PARENTS = (
    _other("engagement given to another client", "engagement", "client_id", "client"),
    _other("RFI moved to another engagement", "rfi", "engagement_id", "engagement"),
    _other("twin RFI moved to another engagement", "rfis", "engagement_id", "engagement"),
    _other("response given to another RFI", "rfi_response", "rfi_id", "rfi"),
    _other("file given to another RFI", "file", "rfi_id", "rfi"),
    _other("response by somebody else", "rfi_response", "responder_id", "users"),
    _other("comment by somebody else", "highlight_comment", "author_id", "users"),
    _other("highlight moved to another review", "highlight", "review_id", "review"),
    _other("checklist moved to another review", "checklist", "review_id", "review"),
    _other("review linked to another engagement", "review", "engagement_id", "engagement"),
    _other("comment moved to another highlight", "highlight_comment", "highlight_id", "highlight"),
    update("orphan hidden as NULL", "rfi: assigned_to IS NOT NULL", "assigned_to = NULL", LINKS),
    update(
        "latest response forgotten by its RFI",
        "rfi: primary_response_id IS NOT NULL",
        "primary_response_id = NULL",
        LINKS,
    ),
    update(
        "star of somebody lost",
        "review: json_array_length(starred_by) > 0",
        "starred_by = '[]'",
        LINKS,
    ),
    update("author hidden as NULL", "file: created_by IS NOT NULL", "created_by = NULL", LINKS),
    update(
        "member of an engagement lost",
        "engagement: json_array_length(users) > 0",
        "users = json_remove(users, '$[0]')",
        LINKS,
    ),
    update(
        "star put on no review",
        "users: json_array_length(priority_reviews) > 0",
        "priority_reviews = '[]'",
        LINKS,
    ),
)
MERGES = (
    Corruption(
        name="wrong pair merged",
        pick="SELECT row_id FROM migration_documents WHERE collection = 'friday/users' "
        "AND outcome = 'loaded' ORDER BY path LIMIT 1",
        change=(
            "UPDATE migration_documents SET row_id = (SELECT other.row_id FROM "
            "migration_documents AS other WHERE other.collection = 'friday/users' AND "
            "other.outcome = 'loaded' AND other.row_id <> :id LIMIT 1) WHERE row_id = :id",
        ),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="e-mails of two users exchanged",
        pick="SELECT id FROM users WHERE id IN (SELECT row_id FROM migration_documents) "
        "ORDER BY id LIMIT 1",
        change=(
            "CREATE TEMP TABLE pair AS SELECT id, email FROM users WHERE id = :id OR id = "
            "(SELECT id FROM users WHERE id <> :id AND id IN "
            "(SELECT row_id FROM migration_documents) ORDER BY id LIMIT 1)",
            "UPDATE users SET email = id || '@x' WHERE id IN (SELECT id FROM pair)",
            "UPDATE users SET email = (SELECT email FROM pair WHERE pair.id <> users.id) "
            "WHERE id IN (SELECT id FROM pair)",
        ),
        caught_by=(LINKS,),
    ),
    update("permission widened", "users: role = 'clerk' AND status <> 'deleted'",
           "role = 'partner'", KINDS),
    update("deleted user made active again", "users: status = 'inactive'",
           "status = 'active'", KINDS),
    update("password that works", "users: status = 'active'", "password_hash = 'x'", KINDS),
    update("password that lets everybody in", "users: status = 'active'",
           "password_hash = NULL", KINDS),
)  # fmt: skip
LEDGER = (
    Corruption(
        name="document missing in the ledger",
        pick="SELECT path FROM migration_documents ORDER BY path LIMIT 1",
        change=("DELETE FROM migration_documents WHERE path = :id",),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="document invented in the ledger",
        pick="SELECT 'friday/clients/list/never'",
        change=(
            "INSERT INTO migration_documents SELECT :id, collection, outcome, reason, table_name, "
            "row_id, sha256, leaves_mapped, leaves_residue, leaves_quarantined, leaves_declared "
            "FROM migration_documents WHERE collection = 'friday/clients' LIMIT 1",
        ),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="hash of a document forged",
        pick="SELECT path FROM migration_documents ORDER BY path LIMIT 1",
        change=("UPDATE migration_documents SET sha256 = 'x' WHERE path = :id",),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="outcome forged as declared",
        pick="SELECT path FROM migration_documents WHERE collection = 'friday/clients' LIMIT 1",
        change=("UPDATE migration_documents SET outcome = 'declared' WHERE path = :id",),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="outcome forged as quarantined",
        pick="SELECT path FROM migration_documents WHERE collection = 'friday/clients' LIMIT 1",
        change=("UPDATE migration_documents SET outcome = 'quarantined' WHERE path = :id",),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="leaf fields not accounted for",
        pick="SELECT path FROM migration_documents WHERE leaves_mapped > 0 ORDER BY path LIMIT 1",
        change=(
            "UPDATE migration_documents SET leaves_mapped = leaves_mapped - 1 WHERE path = :id",
        ),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="ledger points to another row",
        pick="SELECT path FROM migration_documents WHERE collection = 'friday/clients' LIMIT 1",
        change=(f"UPDATE migration_documents SET row_id = {NOBODY} WHERE path = :id",),
        caught_by=(ROWS,),
    ),
    Corruption(
        name="line of an item lost",
        pick="SELECT row_id FROM migration_items ORDER BY row_id LIMIT 1",
        change=("DELETE FROM migration_items WHERE row_id = :id",),
        caught_by=(ROWS,),
    ),
)


def _orphan(name: str, table: str, column: str) -> Corruption:
    return update(name, f"{table}: {column} IS NOT NULL", f"{column} = {NOBODY}", FK, LINKS)


CONSTRAINTS = (
    _orphan("client of an engagement missing", "engagement", "client_id"),
    _orphan("review of a highlight missing", "highlight", "review_id"),
    _orphan("author of a comment missing", "highlight_comment", "author_id"),
    _orphan("RFI of a file missing", "file", "rfi_id"),
    _orphan("question of a response missing", "rfi_responses", "question_id"),
    Corruption(
        name="parent row deleted",
        pick="SELECT r.question_id FROM rfi_responses AS r JOIN rfi_questions AS q "
        "ON q.id = r.question_id ORDER BY 1 LIMIT 1",
        change=("DELETE FROM rfis WHERE id = :id",),
        caught_by=(FK, ROWS),
    ),
    Corruption(
        name="foreign keys not declared any more, and an orphan",
        pick="SELECT id FROM flag ORDER BY id LIMIT 1",
        change=(
            "PRAGMA legacy_alter_table = ON",  # a view is made of this table
            "CREATE TABLE bare AS SELECT * FROM flag",
            "DROP TABLE flag",
            "ALTER TABLE bare RENAME TO flag",
            f"UPDATE flag SET review_id = {NOBODY} WHERE id = :id",
        ),
        caught_by=(FK,),
    ),
)

OF_ROWS = (*ROWS_LOST, *ROWS_ADDED, *WRONG_PARENTS, *MERGES, *LEDGER, *CONSTRAINTS)
