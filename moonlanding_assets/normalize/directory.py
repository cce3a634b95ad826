"""Who is who in a snapshot: the rows that references lead to, and the way back to document ids.

Built once for a run (users.py makes the merge), then read by every shard. Holds no conversion.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.identity import row_id

UserRow = Mapping[str, SqlValue]


@dataclass(kw_only=True)
class Directory:
    """The answers that references need; `placeholders` grows while documents are read.

    ids: document path → row id, for every document that a reference can name.
    documents: (row id, collection) → the document id by which that collection names the row.
    users_by_email: normalised e-mail → row id. emails: row id → normalised e-mail.
    user_rows: path of a user document → the merged row that it became part of.
    siblings: paths of documents that win over array items of the same id.
    names: path → name, of the small collections whose names appear in other rows.
    by_name: (collection, name) → path, only where one document has that name.
    engagement_of_review: review id → row id of the one engagement whose review_link names it.
    role_of_email: normalised e-mail → role of the merged user.
    rowless: paths of documents that will be quarantined, so that no reference leads to them.
    existing_users: ids of users whose rows were in the target before and stay as they are.
    taken: table → ids that rows of the target have already.
    roles: (system, role id) → role. role_ids: (system, role) → the usual role id.
    """

    snapshot_time: str
    ids: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[tuple[str, str], str] = field(default_factory=dict)
    users_by_email: Mapping[str, str] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    user_rows: Mapping[str, UserRow] = field(default_factory=dict)
    siblings: Container[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[tuple[str, str], str] = field(default_factory=dict)
    engagement_of_review: Mapping[str, str] = field(default_factory=dict)
    role_of_email: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    role_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rowless: Container[str] = frozenset()
    existing_users: Container[str] = frozenset()
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)
    placeholders: dict[str, "Placeholder"] = field(default_factory=dict)
    way_back: dict[tuple[str, str], str] = field(default_factory=dict)

    def placeholder(self, table: str, key: str, *, reason: str, collection: str = "") -> str:
        """The id of the row that stands for `key`, a document that does not exist.

        key: the path of the missing document (`collection` names its collection), "email:..." of
        a user, or "synthetic:...".
        """
        known = self.placeholders.get(key)
        if known is None:
            identity = row_id(f"placeholder:{key}")
            known = Placeholder(
                table=table,
                row_id=identity,
                key=key,
                reason="document_quarantined" if key in self.rowless else reason,
            )
            self.placeholders[key] = known
            self.know(known, collection)
        return known.row_id

    def is_taken(self, table: str, identity: str) -> bool:
        """Whether the target had a row with this id before the migration."""
        return identity in self.taken.get(table, ())

    def know(self, placeholder: "Placeholder", collection: str) -> None:
        """Remember the way back from a placeholder to what the references say."""
        kind, _, rest = placeholder.key.partition(":")
        if kind == "email":
            self.way_back[(placeholder.row_id, "email")] = rest
        elif collection:
            self.way_back[(placeholder.row_id, collection)] = rest_of(placeholder.key)

    def document_id(self, identity: str, collection: str) -> str | None:
        """The document id by which documents of the collection's system name this row."""
        found = self.documents.get((identity, collection))
        return found if found is not None else self.way_back.get((identity, collection))

    def email(self, identity: str) -> str | None:
        """The normalised e-mail of a user row, placeholders included."""
        found = self.emails.get(identity)
        return found if found is not None else self.way_back.get((identity, "email"))


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """A row invented so that a reference can hold; `key` says what the references say."""

    table: str
    row_id: str
    key: str
    reason: str


def rest_of(path: str) -> str:
    """The document id at the end of a path."""
    return path.rpartition("/")[2]
