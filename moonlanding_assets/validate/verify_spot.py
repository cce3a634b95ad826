"""Check 10: a hundred documents drawn by a seed and looked up field by field.

They are read from the export itself where it still is, so that the snapshot is judged as well;
else from the snapshot, and the report says so. Findings name paths and fields, never values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import orjson

from moonlanding_assets.errors import SourceError
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.managed_export import Entity, ManagedExport
from moonlanding_assets.source.taking import Tally as Taken
from moonlanding_assets.source.taking import take
from moonlanding_assets.source.value import timestamp_text
from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.reading import sibling_paths
from moonlanding_assets.validate.residue import leaves_of
from moonlanding_assets.validate.shapes import SHAPES, Shape
from moonlanding_assets.validate.spot_fields import Kept, shown
from moonlanding_assets.validate.spot_rules import ColumnRules
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import Fields, Value, text_of
from moonlanding_assets.validate.verification import Examined, Notes, Subject

FROM_EXPORT, FROM_SNAPSHOT = "from_export", "from_snapshot"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One document as it was read again, and where from. `sha256`: of its canonical fields."""

    document: Document
    collection: str
    sha256: str
    origin: str


def spot_check(subject: Subject) -> Examined:
    """Draw, read again, and look up every leaf of every document that was drawn."""
    tally = Tally("migration_documents")
    population = {key: subject.evidence.paths(key) for key in subject.evidence.collections}
    chosen = draw(population, subject.extent.documents, subject.chance("spot check"))
    read = _read(subject, chosen, tally)
    rules = ColumnRules(subject)
    siblings = {
        key: sibling_paths(subject.evidence, SHAPES.get(key, Shape())) for key in population
    }
    for path, collection in chosen.items():
        one = read.get(path)
        tally.evidence += 1
        if one is None:
            tally.find("document_lost", path=path, detail="it could not be read again")
            continue
        tally.compared += 1
        tally.counts[one.origin] = tally.counts.get(one.origin, 0) + 1
        _ledger(subject, one, tally)
        Kept(subject, rules, one.document, siblings[collection]).compare(collection, tally)
    return Examined(tables=(tally.result(),), notes=_notes(subject, chosen, tally))


def draw(population: dict[str, list[str]], count: int, chance: Random) -> dict[str, str]:
    """Path to collection: one of each collection first, then any; in the order of the paths."""
    chosen: dict[str, str] = {}
    keys = sorted(key for key, paths in population.items() if paths)
    for key in chance.sample(keys, min(count, len(keys))):
        chosen[chance.choice(population[key])] = key
    rest = [(path, key) for key in keys for path in population[key] if path not in chosen]
    chosen.update(chance.sample(rest, min(count - len(chosen), len(rest))))
    return dict(sorted(chosen.items()))


def _read(subject: Subject, chosen: dict[str, str], tally: Tally) -> dict[str, Drawn]:
    """The chosen documents: of each system from its export, else from its snapshot."""
    found: dict[str, Drawn] = {}
    for system in SYSTEMS:
        export = _export(subject, system)
        wanted = {path: key for path, key in chosen.items() if _is_of(system, key)}
        if export is None:
            found.update(_from_snapshot(subject, wanted))
        else:
            found.update(_from_export(subject, system, export, wanted, tally))
    return found


def _is_of(system: str, collection: str) -> bool:
    return collection.startswith(f"{system}/")


def _export(subject: Subject, system: str) -> ManagedExport | None:
    """The export that the snapshot was taken from; None when it is gone, or is another one."""
    directory = subject.extent.exports.get(system)
    if directory is None or not directory.exists():
        return None
    try:
        export = ManagedExport.open(directory)
    except SourceError:
        return None
    origin = subject.evidence.manifests[system].get("source", {})
    same = (
        origin.get("kind") == "managed_export",
        origin.get("project") == export.project,
        origin.get("database") == export.database,
        origin.get("started_at") == timestamp_text(export.started_at_us),
        origin.get("finished_at") == timestamp_text(export.finished_at_us),
    )
    return export if all(same) else None


def _from_export(
    subject: Subject, system: str, export: ManagedExport, wanted: dict[str, str], tally: Tally
) -> Iterator[tuple[str, Drawn]]:
    """The export read from end to end: the chosen documents, and whether every path is known."""
    is_whole = subject.evidence.fraction == "100%"
    known = {path for (path,) in subject.evidence.query("SELECT path FROM migration_documents")}
    for entity in export.all_entities():
        if entity.path in wanted:
            yield entity.path, _taken(system, entity, tally)
        elif is_whole and entity.path not in known and not _is_secret(system, entity):
            tally.find("document_lost", path=entity.path, detail="in the export only")
        tally.counts["paths_in_export"] = tally.counts.get("paths_in_export", 0) + 1


def _is_secret(system: str, entity: Entity) -> bool:
    return take(system, entity, Taken()) is None


def _taken(system: str, entity: Entity, tally: Tally) -> Drawn:
    """The document as it is to be kept: without secrets, addresses cut at their query."""
    row = take(system, entity, Taken()) or {}
    fields: Fields = orjson.loads(row["fields"])
    _withheld(entity, fields, tally)
    return Drawn(
        document=Document(entity.path, fields),
        collection=row["collection"],
        sha256=row["sha256"],
        origin=FROM_EXPORT,
    )


def _withheld(entity: Entity, fields: Fields, tally: Tally) -> None:
    """Leaf by leaf, nothing but a query string may differ from the export itself."""
    kept = dict(leaves_of(fields))
    for place, value in leaves_of(entity.fields(frozenset(entity.withheld))):
        other = kept.pop(place, None)
        if other == value:
            continue
        name = "query_strings_withheld"
        if other is None or not _is_cut(value, other):
            tally.find("changed_when_read", path=entity.path, column=shown(place))
        else:
            tally.counts[name] = tally.counts.get(name, 0) + 1
    for place in kept:
        tally.find("invented_when_read", path=entity.path, column=shown(place))


def _is_cut(value: Value, other: Value) -> bool:
    """Whether a text lost query strings and nothing else."""
    whole, left = text_of(value), text_of(other)
    if whole is None or left is None:
        return False
    return "?" in whole and all(part in whole for part in left.split()) and len(left) < len(whole)


def _from_snapshot(subject: Subject, wanted: dict[str, str]) -> Iterator[tuple[str, Drawn]]:
    for collection in sorted(set(wanted.values())):
        for raw in subject.evidence.raw_documents(collection):
            if raw.path in wanted:
                yield (
                    raw.path,
                    Drawn(
                        document=raw.parsed(),
                        collection=collection,
                        sha256=raw.sha256,
                        origin=FROM_SNAPSHOT,
                    ),
                )


def _ledger(subject: Subject, one: Drawn, tally: Tally) -> None:
    """The ledger's line is about these very bytes."""
    sql = "SELECT collection, sha256 FROM migration_documents WHERE path = ?"
    found = subject.evidence.query(sql, one.document.path).fetchone()
    if found is None:
        tally.find("not_in_the_ledger", path=one.document.path)
    elif found != (one.collection, one.sha256):
        tally.find("ledger_differs", path=one.document.path, column="sha256")


def _notes(subject: Subject, chosen: dict[str, str], tally: Tally) -> Notes:
    names = (FROM_EXPORT, FROM_SNAPSHOT, "in_columns", "in_residue", "nowhere",
             "query_strings_withheld", "paths_in_export")  # fmt: skip
    return {
        "seed": subject.seed,
        "documents_drawn": len(chosen),
        "collections": len(set(chosen.values())),
        **{name: tally.counts.get(name, 0) for name in names},
        "paths": list(chosen),
    }
