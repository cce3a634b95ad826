"""Check 7: who may do what. Roles, sides, memberships and invitations, and what follows from them.

A permission that is wider than the source gives is found as such, and so is one that was lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from moonlanding_assets.validate.chains import Chain, Expected, compare_chains, led, listed, said
from moonlanding_assets.validate.linked_rules import Surroundings
from moonlanding_assets.validate.reading import SourceRow, source_rows
from moonlanding_assets.validate.reference_rules import REFERENCE_LISTS, REFERENCES
from moonlanding_assets.validate.residue import Residue, leaves_of
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.users import compare_users
from moonlanding_assets.validate.validator import TableResult, Tally
from moonlanding_assets.validate.values import Fields
from moonlanding_assets.validate.verification import Examined, Subject

ROLE_COLLECTIONS = ("friday/users_permissions", "friday/user_groups", "mwr/user_groups")
Access = set[tuple[str, str]]  # user row, and the row that it may see


def permissions(subject: Subject) -> Examined:
    """Roles, then rows that grant something, then what each person may see in the end."""
    users = Tally("users")
    compare_users(subject.evidence, users)
    granted = [_access(subject, one) for one in _SEEN]
    notes = {one.table.replace(" ", "_"): one.compared for one in granted}
    tables = (users.result(), *compare_chains(subject, _GRANTS), _definitions(subject), *granted)
    return Examined(tables=tables, notes=notes)


def _scalars(row: SourceRow, *columns: str) -> Iterator[object]:
    return (said(SCALARS[row.table][column](row)) for column in columns)


def _client_user(around: Surroundings, row: SourceRow) -> Expected:
    return (
        led("user_id", around, row),
        led("client_id", around, row),
        *_scalars(row, "role", "status"),
    )


def _collaborator(around: Surroundings, row: SourceRow) -> Expected:
    return (
        led("review_id", around, row),
        led("user_id", around, row),
        *_scalars(row, "email", "is_permanent", "access_type"),
    )


def _team(around: Surroundings, row: SourceRow) -> Expected:
    return listed("users", around, row), listed("partners", around, row)


def _engagement(around: Surroundings, row: SourceRow) -> Expected:
    return led("team_id", around, row), listed("users", around, row)


def _review(_: Surroundings, row: SourceRow) -> Expected:
    return tuple(_scalars(row, "is_private"))


_GRANTS = (
    Chain(
        table="team",
        columns=("users", "partners"),
        sql="SELECT id, users, partners FROM team",
        expects=_team,
    ),
    Chain(
        table="engagement",
        columns=("team_id", "users"),
        sql="SELECT id, team_id, users FROM engagement",
        expects=_engagement,
    ),
    Chain(
        table="client_user",
        columns=("user_id", "client_id", "role", "status"),
        sql="SELECT id, user_id, client_id, role, status FROM client_user",
        expects=_client_user,
    ),
    Chain(
        table="collaborator",
        columns=("review_id", "user_id", "email", "is_permanent", "access_type"),
        sql="SELECT id, review_id, user_id, email, is_permanent, access_type FROM collaborator",
        expects=_collaborator,
    ),
    Chain(
        table="review",
        columns=("is_private",),
        sql="SELECT id, is_private FROM review",
        expects=_review,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Rows of `table` and who may see them. `sql` gives pairs of a user and such a row."""

    table: str
    reads: tuple[str, ...]
    sql: str

    def pairs(self, subject: Subject) -> Access:
        """The same pairs, from the source alone."""
        teams = _members(subject)
        found: Access = set()
        for row in source_rows(subject.evidence, *self.reads):
            if not subject.evidence.is_quarantined(row.path, row.locator, row.table):
                found.update(_seen_by(subject, row, teams))
        return found


def _members(subject: Subject) -> dict[str, set[str]]:
    """Team row to its users and partners."""
    found: dict[str, set[str]] = {}
    for row in source_rows(subject.evidence, "team"):
        for rule in REFERENCE_LISTS["team"].values():
            found.setdefault(row.row_id, set()).update(rule.targets(subject.links, row) or ())
    return found


def _seen_by(subject: Subject, row: SourceRow, teams: dict[str, set[str]]) -> Access:
    rules = REFERENCES[row.table]
    if "user_id" in rules:  # an invitation: to a client, or to a review
        user = rules["user_id"].target(subject.links, row).row_id
        what = rules["client_id" if row.table == "client_user" else "review_id"]
        seen = what.target(subject.links, row).row_id
        return {(user, seen)} if user and seen else set()
    users = set(teams.get(rules["team_id"].target(subject.links, row).row_id or "", ()))
    listed = REFERENCE_LISTS[row.table].get("users")
    if listed is not None:
        users.update(listed.targets(subject.links, row) or ())
    return {(user, row.row_id) for user in users}


_BY_TEAM = (
    "SELECT member.value, {0}.id FROM {0} JOIN team ON team.id = {0}.team_id, "
    "json_each(team.users) AS member UNION "
    "SELECT member.value, {0}.id FROM {0} JOIN team ON team.id = {0}.team_id, "
    "json_each(team.partners) AS member"
)
_SEEN = (
    Seen(
        table="engagement",
        reads=("engagement",),
        sql=_BY_TEAM.format("engagement") + " UNION SELECT member.value, engagement.id "
        "FROM engagement, json_each(engagement.users) AS member",
    ),
    Seen(
        table="review",
        reads=("review", "collaborator"),
        sql=_BY_TEAM.format("review") + " UNION SELECT user_id, review_id FROM collaborator",
    ),
    Seen(
        table="client",
        reads=("client_user",),
        sql="SELECT user_id, client_id FROM client_user",
    ),
)


def _access(subject: Subject, seen: Seen) -> TableResult:
    """Who may see each row, in the file and by the source."""
    tally = Tally(f"access to {seen.table}")
    expected = seen.pairs(subject)
    theirs = subject.evidence.theirs
    stored = {
        (str(user), str(row))
        for user, row in subject.evidence.query(seen.sql)
        if not theirs.holds(seen.table, str(row))
    }
    tally.evidence = len(expected)
    tally.compared = len(expected & stored)
    for user, row in sorted(stored - expected):
        tally.find("permission_widened", row_id=row, column="user", detail=f"user {user}")
    for user, row in sorted(expected - stored):
        tally.find("permission_lost", row_id=row, column="user", detail=f"user {user}")
    return tally.result()


def _definitions(subject: Subject) -> TableResult:
    """What each role allows: no table holds it, so the residue must, to the letter."""
    tally = Tally("migration_residue")
    for path, fields in subject.evidence.documents(*ROLE_COLLECTIONS):
        residue = Residue(subject.evidence, path)
        for place, value in leaves_of(_of_role(fields)):
            tally.evidence += 1
            tally.compared += 1
            if not residue.holds(place, value):
                detail = "what the role allows is not kept as it was"
                tally.find("role_differs", path=path, column=str(place[0]), detail=detail)
    return tally.result()


def _of_role(fields: Fields) -> Fields:
    return {name: fields[name] for name in ("roles", "name", "key") if name in fields}
