"""Migrates Friday and MyWorkReview (Firestore) into Moonlanding (SQLite), and proves it.

The rooms, in the order in which data passes:

definitions.py  everything Dagster sees, in running order
pipeline/       WHEN: the only code that knows Dagster
contract/       WHAT the sources hold: collections and fields, declared once
source/         WHERE documents come from: managed exports, snapshots, samples
synthetic/      the invented firms of the demo source
schema/         WHAT the target is: 112 tables and the migration's own, declared once
mapping/        HOW documents become rows, declared; transforms with their inverses
normalize/      the engine under the mappings: documents in, rows and residue out
load/           the candidate database, its publication, the lease
proof/          documents rebuilt from rows, everything accounted for
validate/       both sides compared, by code that shares nothing with normalize
cutover/        the phases: gates, receipts, sign-offs, reports, going back
settings.py     one frozen Settings and where every file lives
errors.py       the exception tree
cli.py          moonlanding <verb>
"""
