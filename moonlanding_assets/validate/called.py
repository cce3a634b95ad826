"""How many rows of each table the snapshot calls for. Holds no comparison."""

from typing import ClassVar

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.people import people_of
from moonlanding_assets.validate.shapes import READ_TABLES
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight


class Called:
    """Rows that the documents call for, counted."""

    reads: ClassVar[Columns] = dict.fromkeys(READ_TABLES, ())
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        del evidence

    def judge(self, sight: Sight) -> Part:
        """Count the rows of a shard."""
        part = Part()
        for table, ids in sight.ids.items():
            part.tallies[table].evidence += len(ids)
        return part


def called_for(evidence: Evidence) -> dict[str, int]:
    """Table to how many of its rows the documents call for; users: people."""
    seen = gathered(evidence, Called)
    counts = dict.fromkeys(READ_TABLES, 0)
    counts.update((one.table, one.evidence_in_snapshot) for one in seen.tallies.results())
    counts["users"] = len(people_of(evidence).by_email)
    return counts
