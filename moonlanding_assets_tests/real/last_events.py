"""Prints the events of the last run of the instance DAGSTER_HOME, as JSON: a process of its own.

Runs in the environment that has the storage's driver. Holds no test.
"""

import json
import sys

import dagster as dg


def main() -> None:
    with dg.DagsterInstance.get() as instance:
        run = instance.get_runs(limit=1)[0]
        found = []
        for line in instance.all_logs(run.run_id):
            event = line.dagster_event
            if event is None:
                continue
            metadata = getattr(event.event_specific_data, "metadata", {})
            named = metadata.get("Celery worker") if isinstance(metadata, dict) else None
            one = {"type": event.event_type_value, "step": event.step_key, "pid": event.pid}
            found.append({**one, "worker": None if named is None else named.value})
    json.dump({"status": run.status.value, "events": found}, sys.stdout)


if __name__ == "__main__":
    main()
