"""How long the application's queries wait on a file of so many rows: check 12, asked for more.

Holds no query and no clock: those of the verification are used, on the database of the load.
"""

import json
from contextlib import closing

from moonlanding_assets.bench.job import WHOLE, Done, Job
from moonlanding_assets.errors import BenchFailed
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.verification import Extent, Subject
from moonlanding_assets.validate.verify_performance import performance_baseline

FOUND = "queries-{rows}.json"


def ask(job: Job, rows: str) -> Done:
    """Every question at so many rows; the figures are written beside the data."""
    evidence = Evidence(job.layout, WHOLE, workers=job.settings.workers)
    with closing(evidence):
        subject = Subject(evidence, Extent(rows=int(rows), sample_seed=job.settings.sample_seed))
        examined = performance_baseline(subject)
    findings = [f"{one.kind}: {one.detail}" for table in examined.tables for one in table.findings]
    if not examined.notes["queries"]:
        raise BenchFailed("the database has nothing that could be asked for")
    found = {**examined.notes, "findings": findings}
    (job.settings.data / FOUND.format(rows=rows)).write_text(json.dumps(found))
    return Done(documents=0, rows=int(examined.notes["rows_measured_at"]))
