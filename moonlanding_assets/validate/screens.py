"""What the application asks of the file on its main screens. Declarations only.

`sql` gives the id of a row of `table` first, then the columns in `shows`. No query names a table
otherwise than it is called, so that a query plan can be read.
"""

from collections.abc import Callable
from dataclasses import dataclass

from moonlanding_assets.validate.linked_rules import LINKED, Surroundings
from moonlanding_assets.validate.reading import SourceRow, parent_path
from moonlanding_assets.validate.reference_rules import REFERENCES

Key = tuple[str, ...]
KeyRule = Callable[[Surroundings, SourceRow], Key | None]


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A list of rows under one key. `key`: under which key the source puts a row, None for none.

    `keys`: SQL of all keys that the file has something for.
    """

    name: str
    table: str
    sql: str
    key: KeyRule
    keys: str
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """How many rows of a table there are by one column."""

    name: str
    table: str
    column: str

    @property
    def sql(self) -> str:
        """The query; it has to look at every row."""
        return f"SELECT {self.column}, count(*) FROM {self.table} GROUP BY {self.column}"


def _by(column: str) -> KeyRule:
    """Under the row that a reference column leads to."""

    def key(around: Surroundings, row: SourceRow) -> Key | None:
        found = REFERENCES[row.table][column].target(around.links, row).row_id
        return None if found is None else (found,)

    return key


def _by_document(around: Surroundings, row: SourceRow) -> Key | None:
    """Under the document that the item lies in, however deep."""
    found = around.links.document(row.path).row_id
    return None if found is None else (found,)


def _by_engagement(around: Surroundings, row: SourceRow) -> Key | None:
    """Under the engagement that the document or its RFI lies below."""
    found = around.links.document(parent_path(row.path)).row_id
    return None if found is None else (found,)


def _by_engagement_of_chat(around: Surroundings, row: SourceRow) -> Key | None:
    """Chat is shown with the first RFI of its engagement; without an RFI it cannot be."""
    has_rfi = REFERENCES[row.table]["rfi_id"].target(around.links, row).row_id is not None
    return _by_engagement(around, row) if has_rfi else None


def _by_thing(around: Surroundings, row: SourceRow) -> Key | None:
    kind = str(LINKED[row.table]["entity_type"](around, row))
    found = REFERENCES[row.table]["entity_id"].target(around.links, row).row_id
    return None if found is None else (kind, found)


def _listed(table: str, column: str, *shows: str, order: str = "id") -> tuple[str, str]:
    columns = ", ".join(("id", *shows))
    sql = f"SELECT {columns} FROM {table} WHERE {column} = ? ORDER BY {order}"
    return sql, f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"


def _list(name: str, place: str, *shows: str, order: str = "id") -> Screen:
    """The rows of a table that one column puts under a key: "table.column"."""
    table, _, column = place.partition(".")
    sql, keys = _listed(table, column, *shows, order=order)
    return Screen(name=name, table=table, sql=sql, key=_by(column), keys=keys, shows=shows)


SCREENS = (
    _list("engagements_of_client", "engagement.client_id", "stage", "status", "year",
          order="year DESC, name"),
    _list("engagements_of_team", "engagement.team_id", "stage", "status"),
    Screen(
        name="questions_of_engagement",
        table="rfi_questions",
        sql=(
            "SELECT rfi_questions.id, rfi_questions.question, rfi_questions.status FROM rfis "
            "JOIN rfi_questions ON rfi_questions.rfi_id = rfis.id WHERE rfis.engagement_id = ? "
            "ORDER BY rfi_questions.created_at"
        ),
        key=_by_engagement,
        keys="SELECT DISTINCT engagement_id FROM rfis",
        shows=("question", "status"),
    ),
    _list("rfis_of_person", "rfi.assigned_to", "status", "title", order="due_date"),
    _list("answers_of_rfi", "rfi_response.rfi_id", "response_text", order="response_date"),
    Screen(
        name="files_of_engagement",
        table="file",
        sql=(
            "SELECT file.id, file.size, file.mime_type FROM rfi "
            "JOIN file ON file.rfi_id = rfi.id WHERE rfi.engagement_id = ?"
        ),
        key=_by_engagement,
        keys="SELECT DISTINCT engagement_id FROM rfi",
        shows=("size", "mime_type"),
    ),
    Screen(
        name="chat_of_engagement",
        table="chat_messages",
        sql=(
            "SELECT chat_messages.id, chat_messages.content FROM rfi "
            "JOIN chat_messages ON chat_messages.rfi_id = rfi.id WHERE rfi.engagement_id = ? "
            "ORDER BY chat_messages.created_at"
        ),
        key=_by_engagement_of_chat,
        keys="SELECT DISTINCT engagement_id FROM rfi",
        shows=("content",),
    ),
    _list("team_chat_of_rfi", "message.rfi_id", "content", order="created_at"),
    _list("reviews_of_engagement", "review.engagement_id", "status", "name", order="name"),
    _list("highlights_of_review", "highlight.review_id", "status", "text"),
    Screen(
        name="comments_of_review",
        table="highlight_comment",
        sql=(
            "SELECT highlight_comment.id, highlight_comment.text FROM highlight "
            "JOIN highlight_comment ON highlight_comment.highlight_id = highlight.id "
            "WHERE highlight.review_id = ? ORDER BY highlight_comment.created_at"
        ),
        key=_by_document,
        keys="SELECT DISTINCT review_id FROM highlight",
        shows=("text",),
    ),
    _list("checklists_of_review", "checklist.review_id", "name"),
    _list("questions_of_checklist", "checklist_item.checklist_id", "name", "is_done",
          order='"order"'),
    _list("collaborators_of_review", "collaborator.review_id", "email", "access_type"),
    _list("clients_of_person", "client_user.user_id", "role", "status"),
    Screen(
        name="activity_of_thing",
        table="audit_logs",
        sql=(
            "SELECT id, action FROM audit_logs WHERE entity_type = ? AND entity_id = ? "
            "ORDER BY created_at DESC"
        ),
        key=_by_thing,
        keys="SELECT DISTINCT entity_type, entity_id FROM audit_logs",
        shows=("action",),
    ),
)  # fmt: skip

DASHBOARDS = (
    Dashboard(name="engagements_by_stage", table="engagement", column="stage"),
    Dashboard(name="rfis_by_status", table="rfi", column="status"),
    Dashboard(name="reviews_by_status", table="review", column="status"),
    Dashboard(name="highlights_by_status", table="highlight", column="status"),
)

PERSON = "SELECT id, role, type, status FROM users WHERE email = ?"
PERSON_KEYS = "SELECT email FROM users"
FEED_ROWS = 50
FOUND_ROWS, RANKED_ROWS = 20, 1_000
FEED = f"SELECT id, created_at FROM audit_logs ORDER BY created_at DESC LIMIT {FEED_ROWS}"
RECTANGLES = (
    "SELECT migration_highlight_rects.highlight_id, migration_highlight_rects.kind, "
    "migration_highlight_rects.ordinal FROM highlight JOIN migration_highlight_rects "
    "ON migration_highlight_rects.highlight_id = highlight.id WHERE highlight.review_id = ?"
)
RECTANGLE_KEYS = "SELECT DISTINCT review_id FROM highlight"


def search_page_sql(index: str, content: str) -> str:
    """The first page of a search: the best twenty of the thousand newest hits.

    FTS5 looks up the length of every row that it ranks. Ranking all hits of a common word costs
    what there are of them: at a million rows, thirty to fifty times as much as these thousand.
    """
    return (
        f"SELECT {content}.id FROM (SELECT rowid AS hit, rank AS how FROM {index} "
        f"WHERE {index} MATCH ? ORDER BY rowid DESC LIMIT {RANKED_ROWS}) "
        f"JOIN {content} ON {content}.rowid = hit ORDER BY how LIMIT {FOUND_ROWS}"
    )


def search_sql(index: str, content: str) -> str:
    """The rows of a table that a search finds."""
    return (
        f"SELECT {content}.id FROM {index} JOIN {content} ON {content}.rowid = {index}.rowid "
        f"WHERE {index} MATCH ?"
    )
