"""The proof and the ledger as tables for people, or as JSON.

Holds no parsing and no judgement.
"""

import dataclasses
import json

import click
from rich.table import Table

from moonlanding_assets.console.terminal import wide_console
from moonlanding_assets.proof.inverse import Proof
from moonlanding_assets.proof.ledger import LEAVES, OUTCOMES, LedgerReport


def show_proof(proof: Proof, *, as_json: bool) -> None:
    """One line a collection, each difference, and the count."""
    if as_json:
        whole = {"is_proved": proof.is_proved, "documents": proof.documents}
        click.echo(json.dumps({**whole, **dataclasses.asdict(proof)}, indent=2))
        return
    table = Table("collection", "documents", "come back", "in columns", title="Proof")
    for one in proof.collections:
        kept = one.leaves_residue + one.leaves_quarantined + one.leaves_declared
        leaves = one.leaves_mapped + kept
        share = f"{one.leaves_mapped / leaves:.0%}" if leaves else "no fields"
        table.add_row(one.collection, f"{one.documents:,}", f"{one.exact:,}", share)
    wide_console().print(table)
    for path, what in proof.differences:
        click.echo(f"{what}: {path}")
    exact = sum(one.exact for one in proof.collections)
    click.echo(f"{exact:,} of {proof.documents:,} documents come back bit for bit")


def show_ledger(report: LedgerReport, *, as_json: bool) -> None:
    """One line a collection, each finding, and whether it balances."""
    if as_json:
        whole = {"is_balanced": report.is_balanced, "documents": report.documents}
        collections = [
            {
                "collection": one.collection,
                "read": one.read,
                **dict(zip(OUTCOMES, one.documents, strict=True)),
                "leaves_read": one.leaves_read,
                **{f"leaves_{name}": n for name, n in zip(LEAVES, one.leaves, strict=True)},
            }
            for one in report.collections
        ]
        said = {**whole, "collections": collections, "findings": report.findings}
        click.echo(json.dumps({**said, "finding_count": report.finding_count}, indent=2))
        return
    table = Table("collection", "read", *OUTCOMES, "leaves", *LEAVES, title="Ledger")
    for one in report.collections:
        counts = (one.read, *one.documents, one.leaves_read, *one.leaves)
        table.add_row(one.collection, *(f"{count:,}" for count in counts))
    wide_console().print(table)
    for finding in report.findings:
        click.echo("  ".join(finding))
    judged = "balanced" if report.is_balanced else f"{report.finding_count:,} findings"
    click.echo(f"{report.documents:,} documents read: {judged}")
