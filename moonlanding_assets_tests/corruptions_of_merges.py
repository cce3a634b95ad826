"""Damage to the record of merged users: lines lost, flags cleared, sides swapped, words forged.

Declarations only.
"""

from moonlanding_assets_tests.corruptions import LINKS, Corruption

_LINES = "migration_user_merges"


def _forged(name: str, where: str, change: str) -> Corruption:
    """One line changed; the findings must name its document."""
    return Corruption(
        name=name,
        pick=f"SELECT path FROM {_LINES} WHERE {where} ORDER BY path, field LIMIT 1",
        change=(f"UPDATE {_LINES} SET {change} WHERE path = :id AND {where}",),
        caught_by=(LINKS,),
    )


OF_MERGES = (
    Corruption(
        name="line of a merge lost",
        pick=f"SELECT path FROM {_LINES} WHERE field = 'name' ORDER BY path LIMIT 1",
        change=(f"DELETE FROM {_LINES} WHERE path = :id AND field = 'name'",),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="merge of a document not recorded",
        pick=f"SELECT path FROM {_LINES} ORDER BY path LIMIT 1",
        change=(f"DELETE FROM {_LINES} WHERE path = :id",),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="record of merges emptied",
        pick=f"SELECT user_id FROM {_LINES} ORDER BY path LIMIT 1",
        change=(f"DELETE FROM {_LINES}",),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="winner and loser of a merge swapped",
        pick=f"SELECT user_id FROM {_LINES} WHERE role = 'loser' ORDER BY path LIMIT 1",
        change=(
            f"UPDATE {_LINES} SET role = CASE role WHEN 'winner' THEN 'loser' ELSE 'winner' END "
            "WHERE user_id = :id",
        ),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="merge recorded under another user",
        pick=f"SELECT path FROM {_LINES} WHERE role = 'loser' ORDER BY path LIMIT 1",
        change=(
            f"UPDATE {_LINES} SET user_id = (SELECT id FROM users WHERE id NOT IN "
            f"(SELECT user_id FROM {_LINES}) ORDER BY id LIMIT 1) WHERE path = :id",
        ),
        caught_by=(LINKS,),
    ),
    Corruption(
        name="merge invented for a user with one document",
        pick="SELECT path FROM migration_documents WHERE collection = 'friday/users' AND "
        f"outcome = 'loaded' AND path NOT IN (SELECT path FROM {_LINES}) ORDER BY path LIMIT 1",
        change=(
            f"INSERT INTO {_LINES} SELECT row_id, path, '', 'winner', 'equal', 0 "
            "FROM migration_documents WHERE path = :id",
        ),
        caught_by=(LINKS,),
    ),
    _forged("merge to be looked at waved through", "needs_review = 1", "needs_review = 0"),
    _forged("merge said to need a look", "field = 'email'", "needs_review = 1"),
    _forged("conflict of a merge hidden", "relation = 'conflict'", "relation = 'equal'"),
    _forged("conflict of a merge invented", "field = 'email'", "relation = 'conflict'"),
    _forged("value of a merge said to be filled in", "field = 'email'", "relation = 'filled'"),
)
