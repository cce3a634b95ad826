"""Damage to a finished file, and which of the twelve checks must notice. Declarations only.

`pick` gives what a finding must name: a row, a path, an index, a query. Works on the smallest demo.
"""

from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets_tests.corruptions import Corruption, copied_row, update
from moonlanding_assets_tests.corruptions_of_places import COORDINATES
from moonlanding_assets_tests.corruptions_of_times import INSTANTS

NEW = "11111111-1111-5111-8111-111111111111"
LINK = "https://files.example.com/v0/b/x/o/y.pdf?alt=media&token=0000"
OURS = "id NOT IN (SELECT row_id FROM migration_placeholders)"
OTHER_USER = "(SELECT id FROM users WHERE status = 'active' AND id <> {0} ORDER BY id LIMIT 1)"


def _swapped(name: str, table: str, column: str, parent: str, check: str) -> Corruption:
    """A reference that leads to another row of the right table."""
    another = f"(SELECT id FROM {parent} WHERE id <> {table}.{column} ORDER BY id DESC LIMIT 1)"
    where = f"{table}: {column} IS NOT NULL AND {OURS}"
    return update(name, where, f"{column} = {another}", check)


def _without(name: str, pick: str, change: str, check: str) -> Corruption:
    return Corruption(name=name, pick=pick, change=(change,), caught_by=(check,))


def _taken_out_of_search(table: str, check: str) -> Corruption:
    """A row that the search no longer finds."""
    columns = {"review": ("name",), "rfi": ("title", "description")}[table]
    names = ", ".join(columns)
    sql = f"INSERT INTO {table}_fts ({table}_fts, rowid, {names}) SELECT 'delete', rowid, {names}"
    pick = f"SELECT '{table}_fts'"
    first = f"FROM {table} WHERE id = (SELECT min(id) FROM {table})"
    return _without(f"{table} taken out of the search", pick, f"{sql} {first}", check)


def _named(pool: tuple[Corruption, ...], check: str, *names: str) -> tuple[Corruption, ...]:
    """Corruptions of the validators' kit, judged by a check."""
    by_name = {one.name: one for one in pool}
    return tuple(
        Corruption(name=name, pick=by_name[name].pick, change=by_name[name].change,
                   caught_by=(check,))
        for name in names
    )  # fmt: skip


PEOPLE = (
    Corruption(
        name="person stored twice",
        pick=f"SELECT id FROM users WHERE {OURS} ORDER BY id LIMIT 1",
        change=(copied_row("users", id=f"'{NEW}'", email="upper(email)"),),
        caught_by=("user_deduplication",),
    ),
    _without("document merged into another person",
             "SELECT path FROM migration_documents WHERE outcome = 'merged' ORDER BY 1 LIMIT 1",
             "UPDATE migration_documents SET row_id = "
             + OTHER_USER.format("migration_documents.row_id") + " WHERE path = :id",
             "user_deduplication"),
    _without("merge not on record",
             "SELECT path FROM migration_user_merges WHERE field = '' ORDER BY 1 LIMIT 1",
             "DELETE FROM migration_user_merges WHERE path = :id AND field = ''",
             "user_deduplication"),
    _without("doubtful merge hidden",
             "SELECT path FROM migration_user_merges WHERE needs_review = 1 ORDER BY 1 LIMIT 1",
             "UPDATE migration_user_merges SET needs_review = 0 WHERE path = :id",
             "user_deduplication"),
)  # fmt: skip
RELATIONS = (
    _swapped("engagement of another client", "engagement", "client_id", "client",
             "engagement_client"),
    update("client renamed", f"client: {OURS}", "name = name || ' Ltd'", "engagement_client"),
    Corruption(
        name="engagement invented",
        pick=f"SELECT '{NEW}' FROM engagement LIMIT 1",
        change=(
            copied_row("engagement", id=f"'{NEW}'").replace(
                "WHERE id = :id", "WHERE id = (SELECT min(id) FROM engagement) AND :id IS NOT NULL"
            ),
        ),
        caught_by=("engagement_client",),
    ),
    _swapped("question in another engagement", "rfis", "engagement_id", "engagement",
             "rfi_engagement_question"),
    _swapped("answer to another RFI", "rfi_response", "rfi_id", "rfi", "rfi_engagement_question"),
    _swapped("file of another RFI", "file", "rfi_id", "rfi", "rfi_engagement_question"),
    update("question changed", f"rfi_questions: {OURS}", "question = question || '?'",
           "rfi_engagement_question"),
    _without("answer in one model only", "SELECT min(id) FROM rfi_responses",
             "DELETE FROM rfi_responses WHERE id = :id", "rfi_engagement_question"),
)  # fmt: skip
VALUES = (
    *_named(COORDINATES, "highlight_coordinates", "coordinate one ulp off",
            "integer turned into a double", "rectangle lost", "position one ulp off in JSON"),
    _without("highlight on another review's page",
             "SELECT review_id FROM highlight JOIN migration_highlight_rects "
             "ON highlight_id = id ORDER BY id LIMIT 1",
             "UPDATE highlight SET review_id = (SELECT id FROM review WHERE id <> :id LIMIT 1) "
             "WHERE review_id = :id", "highlight_coordinates"),
    *_named(INSTANTS, "timestamps_utc", *(one.name for one in INSTANTS[:3])),
    _without("local time where no source says any", f"SELECT '{NEW}'",
             "INSERT INTO sessions (id, user_id, expires_at) SELECT :id, id, '05/02/26 14:30' "
             "FROM users LIMIT 1", "timestamps_utc"),
    update("calendar date that is none", f"client: {OURS}",
           "created_at = '2026-02-30T10:00:00.000Z'", "timestamps_utc"),
    update("path of another client's file", "file: path IS NOT NULL",
           "path = 'elsewhere/' || path", "file_paths"),
    update("signed link kept", "chat_messages: content IS NOT NULL", f"content = '{LINK}'",
           "file_paths"),
    _without("file listed in another engagement",
             "SELECT rfi.engagement_id FROM file JOIN rfi ON rfi.id = rfi_id "
             "WHERE path IS NOT NULL ORDER BY file.id LIMIT 1",
             "UPDATE file SET rfi_id = (SELECT id FROM rfi WHERE engagement_id <> :id LIMIT 1) "
             "WHERE rfi_id IN (SELECT id FROM rfi WHERE engagement_id = :id)", "file_paths"),
)  # fmt: skip
GRANTS = (
    update("role made wider", f"users: role = 'clerk' AND {OURS}", "role = 'partner'",
           "permissions"),
    update("admin of a client", "client_user: role = 'client_user'", "role = 'client_admin'",
           "permissions"),
    _without("member added to a team",
             "SELECT engagement.id FROM engagement JOIN team ON team.id = team_id "
             "ORDER BY engagement.id LIMIT 1",
             "UPDATE team SET users = json_insert(users, '$[#]', '" + NEW + "') WHERE id = "
             "(SELECT team_id FROM engagement WHERE id = :id)", "permissions"),
    update("partners of a team forgotten", "team: json_array_length(partners) > 0",
           "partners = '[]'", "permissions"),
    update("temporary access made permanent", "collaborator: is_permanent = 0",
           "is_permanent = 1, access_type = 'permanent'", "permissions"),
    _without("what a role allows was changed",
             "SELECT path FROM migration_residue WHERE path LIKE 'friday/users/permissions/%' "
             "AND field LIKE '%roles%' AND value LIKE '%false%' ORDER BY path LIMIT 1",
             "UPDATE migration_residue SET value = replace(value, 'false', 'true') "
             "WHERE path = :id AND field LIKE '%roles%'", "permissions"),
)  # fmt: skip
LOGS = (
    _without("line of a log lost", "SELECT min(id) FROM audit_logs",
             "DELETE FROM audit_logs WHERE id = :id", "activity_logs"),
    update("line under another review", "audit_logs: entity_type = 'review'",
           "entity_id = (SELECT id FROM review WHERE id <> audit_logs.entity_id LIMIT 1)",
           "activity_logs"),
    update("message of a line changed", "audit_logs: after_state LIKE '%message%'",
           "after_state = replace(after_state, 'message', 'massage')", "activity_logs"),
    update("line in another place", "audit_logs: entity_type = 'review' AND created_at < (SELECT "
           "max(created_at) FROM audit_logs AS other WHERE other.entity_id = audit_logs.entity_id)",
           "created_at = '2090-01-01T00:00:00.000Z'", "activity_logs"),
)  # fmt: skip
SCREENS = (
    _taken_out_of_search("review", "integration"),
    _taken_out_of_search("rfi", "integration"),
    _without("comment not shown", "SELECT min(id) FROM highlight_comment",
             "DELETE FROM highlight_comment WHERE id = :id", "integration"),
    update("stage shown otherwise", f"engagement: stage = 'info_gathering' AND {OURS}",
           "stage = 'close_out'", "integration"),
    _without("chat of another engagement",
             "SELECT chat_messages.id FROM chat_messages JOIN rfi ON rfi.id = rfi_id LIMIT 1",
             "UPDATE chat_messages SET rfi_id = NULL WHERE id = :id", "integration"),
)  # fmt: skip
UNDECLARED = "FOREIGN KEY(client_id) REFERENCES client (id)"
SCREENS = (
    *SCREENS,
    Corruption(
        name="foreign key not declared any more",
        pick="SELECT 'orphan_accepted'",
        change=(
            "PRAGMA writable_schema = ON",
            f"UPDATE sqlite_schema SET sql = replace(sql, '{UNDECLARED}', 'CHECK (1)') "
            f"WHERE name = 'engagement' AND sql LIKE '%{UNDECLARED}%'",
        ),
        caught_by=("integration",),
    ),
)
SPOTS = (
    _without("value gone from the residue",
             "SELECT path FROM migration_residue WHERE reason = 'no_column' ORDER BY path LIMIT 1",
             "DELETE FROM migration_residue WHERE path = :id", "spot_check"),
    _without("value of the residue changed",
             "SELECT path FROM migration_residue WHERE value LIKE '%stringValue%' "
             "AND reason = 'no_column' ORDER BY path LIMIT 1",
             "UPDATE migration_residue SET value = replace(value, 'stringValue', 'bytesValue') "
             "WHERE path = :id", "spot_check"),
    update("subject cut", "email: length(subject) > 5", "subject = substr(subject, 1, 4)",
           "spot_check"),
    update("time off by an hour", f"rfi_response: {OURS}",
           "response_date = later(response_date, 3600)", "spot_check"),
    _without("document forged in the ledger", "SELECT min(path) FROM migration_documents",
             "UPDATE migration_documents SET sha256 = 'forged' WHERE path = :id", "spot_check"),
)  # fmt: skip
ORPHANS = (
    update("nobody is assigned", "rfi: assigned_to IS NOT NULL", "assigned_to = 'nobody'",
           "no_orphans"),
    update("thread of no highlight", "highlight_comment: 1", "thread_id = 'nowhere'",
           "no_orphans"),
    update("stranger in a team", "team: json_array_length(users) > 0",
           "users = '[\"" + NEW + "\"]'", "no_orphans"),
    Corruption(
        name="client from nowhere",
        pick=f"SELECT '{NEW}'",
        change=(
            f"INSERT INTO client (id, name, created_at) SELECT '{NEW}', 'x', '' WHERE :id = :id",
        ),
        caught_by=("no_orphans",),
    ),
    _without("highlight deleted under its rectangles",
             "SELECT highlight_id FROM migration_highlight_rects ORDER BY 1 LIMIT 1",
             "DELETE FROM highlight WHERE id = :id", "no_orphans"),
)  # fmt: skip
SPEED = tuple(
    _without(f"no index for {query}", f"SELECT '{query}'", f"DROP INDEX {index}",
             "performance_baseline")
    for query, index in (
        ("highlights_of_review", "idx_highlight_review_id"),
        ("questions_of_checklist", "idx_checklist_item_checklist_id"),
        ("activity_of_thing", "idx_audit_logs_entity"),
    )
)  # fmt: skip

DAMAGE = (
    *PEOPLE, *RELATIONS, *VALUES, *GRANTS, *LOGS, *SCREENS, *SPOTS, *ORPHANS, *SPEED,
)  # fmt: skip

#: check → a table without which it has nothing to look at
EMPTIED = {
    "user_deduplication": "users",
    "engagement_client": "engagement",
    "rfi_engagement_question": "rfi_questions",
    "highlight_coordinates": "migration_highlight_rects",
    "timestamps_utc": "rfi_response",
    "file_paths": "file",
    "permissions": "collaborator",
    "activity_logs": "audit_logs",
    "integration": "chat_messages",
    "spot_check": "migration_residue",
    "no_orphans": "team",
    "performance_baseline": "message",
}


def emptied(table: str) -> str:
    """SQL that takes every row of a table away."""
    return f"DELETE FROM {quoted(TABLE[table].name)}"
