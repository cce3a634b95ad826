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
parallel/       both systems alive:
  state/          the durable row S0 to S11, and what may follow what
  documents/      one document as rows of a finished database, both ways
  forward/        old to new: a change becomes the rows that a migration would give
  backward/       new to old: what applications write becomes documents
  service/        the process that carries changes
  drift/          whether both sides hold the same
  gateway/        the HTTP service in front of both sides
cutover/        the phases: gates, receipts, sign-offs, reports, going back
  switch/         the thirteen steps of FREEZING, abort and reverse
  soak/           24 hours of watching
  archive/        the old systems put away, restored and compared, sealed
console/        what the verbs of cli.py call and print
settings.py     one frozen Settings and where every file lives
errors.py       the exception tree
cli.py          moonlanding <verb>
"""
