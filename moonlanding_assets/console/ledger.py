"""The verbs that look into the ledger: prove, ledger, explain, mapping, quarantine, declare.

Holds parsing and printing; what they find is in proof/ and mapping/. The heavy imports are inside
the verbs, so that --help answers at once.
"""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moonlanding_assets.errors import LoadError
from moonlanding_assets.settings import FRACTIONS, SYSTEMS, Settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

of_fraction = click.option(
    "--fraction",
    type=click.Choice(FRACTIONS),
    default="100%",
    show_default=True,
    help="Which of the three databases.",
)

in_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def sources_of(settings: Settings, fraction: str) -> Mapping[str, Path]:
    """The raw documents of a fraction; raises SnapshotError when there is no snapshot."""
    from moonlanding_assets.proof.sources import fraction_sources
    from moonlanding_assets.source.snapshot import Snapshot

    layout = settings.layout
    snapshots = {system: Snapshot.open(layout.snapshot(system)) for system in SYSTEMS}
    return fraction_sources(layout, fraction, snapshots)


@click.command("prove")
@of_fraction
@in_json
@click.pass_obj
def prove_verb(settings: Settings, fraction: str, as_json: bool) -> None:
    """Rebuild every document; compare with the snapshot.

    From the database alone. Exits with 1 unless each one comes back bit for bit; declared
    secrets are in neither.
    """
    from moonlanding_assets.console.ledger_tables import show_proof
    from moonlanding_assets.console.terminal import progress_console
    from moonlanding_assets.console.watch import Watch
    from moonlanding_assets.proof.inverse import prove

    sources = sources_of(settings, fraction)
    database = settings.layout.database(fraction)
    with Watch(progress_console()) as watch, watch.work("prove") as progress:
        proof = prove(database, sources, workers=settings.workers, progress=progress)
    show_proof(proof, as_json=as_json)
    if not proof.is_proved:
        raise SystemExit(1)


@click.command("ledger")
@of_fraction
@in_json
@click.pass_obj
def ledger_verb(settings: Settings, fraction: str, as_json: bool) -> None:
    """Balance the accounts of documents and fields.

    Each document has one outcome, and each leaf field. Exits with 1 unless everything that was
    read is accounted for.
    """
    from moonlanding_assets.console.ledger_tables import show_ledger
    from moonlanding_assets.proof.accounts import check_ledger

    database, sources = settings.layout.database(fraction), sources_of(settings, fraction)
    report = check_ledger(database, sources, workers=settings.workers)
    show_ledger(report, as_json=as_json)
    if not report.is_balanced:
        raise SystemExit(1)


@click.command("explain")
@click.argument("what")
@click.argument("row_id", required=False)
@of_fraction
@in_json
@click.option("--show", is_flag=True, help="Show values; only at a terminal.")
@click.pass_obj
def explain_verb(
    settings: Settings, what: str, row_id: str | None, *, fraction: str, as_json: bool, show: bool
) -> None:
    """What became of a document, or what made a row.

    WHAT is the path of a document, or the name of a table followed by a row id. Shows fields,
    transforms, columns, residue, merges. Values are shown as kind, length and hash.
    """
    from moonlanding_assets.proof.explain import explain_document, explain_row
    from moonlanding_assets.proof.explain_text import render, to_json

    if show and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("--show works at a terminal only: values may be personal")
    database = settings.layout.database(fraction)
    if row_id is not None:
        found = explain_row(database, what, row_id, show_values=show)
    else:
        raw = _raw_file(settings, fraction, what)
        found = explain_document(database, what, raw, show_values=show)
    click.echo(to_json(found) if as_json else render(found))


def _raw_file(settings: Settings, fraction: str, path: str) -> Path | None:
    from moonlanding_assets.contract.catalogue import match

    for system in SYSTEMS:
        collection = match(system, path.strip("/"))
        if collection is not None:
            file = settings.layout.source(fraction, collection.key)
            return file if file.is_file() else None
    return None


@click.command("mapping")
@click.argument("name", required=False)
@in_json
def mapping_verb(name: str | None, as_json: bool) -> None:
    """How documents become rows, in words.

    NAME is a table or a collection; without it everything is shown.
    """
    from moonlanding_assets.contract.catalogue import BY_KEY
    from moonlanding_assets.mapping import describe, listed
    from moonlanding_assets.schema.catalogue import TABLE

    if name is None:
        said = listed.listed_all() if as_json else describe.describe_all()
    elif name in TABLE:
        said = listed.listed_table(name) if as_json else describe.describe_table(name)
    elif name in BY_KEY:
        said = listed.listed_collection(name) if as_json else describe.describe_collection(name)
    else:
        raise click.UsageError(f"{name} is neither a table nor a collection (friday/users, ...)")
    click.echo(said if isinstance(said, str) else json.dumps(said, indent=2))


@click.command("quarantine")
@of_fraction
@click.option("--reason", default="", help="Show entries with this reason code.")
@click.option("--collection", default="", help="Show entries of this collection.")
@click.option("--path", default="", help="Show entries of this document.")
@click.option("--limit", default=50, show_default=True, help="How many entries at most.")
@in_json
@click.pass_obj
def quarantine_verb(
    settings: Settings, /, *, fraction: str, limit: int, as_json: bool, **given: str
) -> None:
    """What could not be carried, and why.

    Counts by reason; with --reason, --collection or --path, the single entries.

    Nothing personal is shown. After a fix at the source or in a declaration, take the snapshot
    and run the fraction again: the result is the same as if the fix had always been there.
    """
    from moonlanding_assets.proof import quarantine

    database = settings.layout.database(fraction)
    if not database.is_file():
        raise LoadError(f"{database} does not exist: run the phase of {fraction} first.")
    if any(given.values()):
        entries = quarantine.show_quarantine(database, limit=limit, **given)
        click.echo(_listed(entries) if as_json else quarantine.render_entries(entries))
    else:
        groups = quarantine.list_quarantine(database)
        click.echo(_listed(groups) if as_json else quarantine.render_groups(groups))


def _listed(entries: "Sequence[DataclassInstance]") -> str:
    return json.dumps([dataclasses.asdict(one) for one in entries], indent=2)


@click.command("declare")
@of_fraction
@click.option("--suggest", "is_suggesting", is_flag=True, help="Print declarations to paste.")
@in_json
@click.pass_obj
def declare_verb(settings: Settings, *, fraction: str, is_suggesting: bool, as_json: bool) -> None:
    """What no declaration knows.

    Collections, fields, kinds of values, spellings of enumerations.

    Exits with 1 when there are any: they are kept, and shut the gate until they are declared.
    """
    from moonlanding_assets.contract.suggest import suggest
    from moonlanding_assets.proof.unknown import find_unknown, render

    unknown = find_unknown(sources_of(settings, fraction))
    if as_json:
        found = [
            {
                "what": one.what, "collection": one.collection, "field": list(one.names),
                "count": one.count, "example": one.example, "spelling": one.spelling,
            }
            for one in unknown
        ]  # fmt: skip
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(render(unknown))
    if unknown and is_suggesting:
        click.echo(suggest(unknown), err=as_json)
    if unknown:
        raise SystemExit(1)


VERBS = (
    prove_verb, ledger_verb, explain_verb, mapping_verb, quarantine_verb, declare_verb,
)  # fmt: skip
