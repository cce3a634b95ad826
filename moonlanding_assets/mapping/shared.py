"""What both systems map alike: teams, passwords, and the words for what has no column.

Holds declarations only.
"""

from typing import Literal

from moonlanding_assets.contract.language import Collection
from moonlanding_assets.mapping.fallbacks import DOCUMENT_ID, SNAPSHOT_TIME
from moonlanding_assets.mapping.language import (
    Constant,
    Derive,
    Key,
    ReferenceList,
    Unset,
    take,
)
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.texts import text
from moonlanding_assets.schema.catalogue import TABLE

UNUSABLE_PASSWORD = Constant("!", "no hash can equal it: NULL would let anybody in")
NO_HOME = "no column holds it"


def teams(
    collection: Collection, *, people: str, context: Literal["engagement_team", "review_team"]
) -> CollectionMapping:
    """Teams of one system; `people` is the collection that their members are in."""
    return CollectionMapping(
        collection=collection,
        tables=(
            TableMapping(
                table=TABLE["team"],
                columns={
                    "id": Key(),
                    "name": take("name", by=text, otherwise=DOCUMENT_ID),
                    "created_at": Derive(SNAPSHOT_TIME),
                    "updated_at": Unset(),
                    "created_by": Unset(),
                    "context": Constant(context, "the system that the team comes from"),
                    "users": ReferenceList(names=("users",), to=people, users=True),
                    "partners": ReferenceList(names=("partners",), to=people, users=True),
                },
            ),
        ),
    )
