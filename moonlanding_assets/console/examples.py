"""What --help shows under a verb: calls that a person types, each with what it is for.

Holds words only; a test parses every call. Quote nothing that the verb's own help says already.
"""

from collections.abc import Mapping

import click

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "demo-data": (
        ("demo-data", "exports of two invented firms, in data/demo"),
        ("demo-data --scale 800 --seed 7 --out exports", "few documents, other ones, elsewhere"),
    ),
    "snapshot": (
        ("snapshot --friday-export A --mwr-export B", "from two managed exports"),
        ("snapshot --source live --friday-project P --mwr-project Q", "from live Firestore"),
        ("snapshot --target production.db", "into a database that people use"),
    ),
    "plan": (
        ("plan", "what phase 3.6 would do to data/app.db"),
        ("plan 10% --json", "the same for the pilot, for a program"),
    ),
    "run": (
        ("run 3.4", "the sample"),
        ("run all", "as far as the gates are open"),
        ("run 3.6 --plan DIGEST", "only what `moonlanding plan` showed"),
    ),
    "status": (
        ("status", "where the migration stands, and what comes next"),
        ("status --checks", "with every check of every database"),
        ("status --json", "for a program; the exit code says whether all passed"),
    ),
    "watch": (
        ("watch", "in a second terminal, while a phase runs"),
        ("watch --once", "one look"),
    ),
    "approve": (("approve 3.5 --by 'Ann Example'", "opens the gate of phase 3.6"),),
    "backup": (("backup", "data/app.db as it is now"),),
    "backups": (("backups", "names for `moonlanding restore`"),),
    "restore": (
        ("restore --phase 3.6", "the database as it was before phase 3.6"),
        ("restore 20260205T120000-3.6-app", "a backup by its name"),
    ),
    "verify": (("verify 100%", "the twelve checks of data/app.db, again"),),
    "demo": (
        ("demo", "the figures of the README"),
        ("--data /tmp/try demo --scale 800", "in half a minute, leaving ./data alone"),
    ),
    "prove": (("prove --fraction 10%", "the pilot's database"),),
    "ledger": (("ledger --fraction 10% --json", "the accounts, for a program"),),
    "explain": (
        ("explain friday/clients/list/ID", "what became of a document"),
        ("explain client ID", "where a row came from"),
    ),
    "mapping": (
        ("mapping engagement", "one table, column by column"),
        ("mapping friday/engagements", "one collection, field by field"),
    ),
    "quarantine": (
        ("quarantine", "how many, by reason"),
        ("quarantine --reason no_email", "which documents"),
    ),
    "declare": (("declare --suggest", "declarations to paste, for what nothing knows yet"),),
    "report": (
        ("report", "data/final/report.html, at any time"),
        ("report --json", "for a program; the exit code says whether all seven passed"),
    ),
    "bench": (
        ("bench --docs 250000", "every stage, the whole job, the floors, the targets"),
        ("bench --docs 250000,500000 --repeat 1", "the curve of growth"),
        ("bench queries", "how long the application's queries wait"),
    ),
    "ui": (("ui --port 3001", "beside another one"),),
    "docs": (("docs --out docs", "as `make docs` does"),),
}


def with_examples(group: click.Group) -> None:
    """Put the examples under the help of the group's verbs."""
    for name, command in group.commands.items():
        calls = EXAMPLES.get(name, ())
        if calls:
            width = max(len(call) for call, _ in calls)
            lines = [f"  moonlanding {call:<{width}}  {why}" for call, why in calls]
            command.epilog = "\n".join(["\b", "Examples:", *lines])
