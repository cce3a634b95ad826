"""Worker processes end with their owner, however it ends; real processes and a real SIGKILL."""

import os
import select
import subprocess
import sys
from pathlib import Path

from moonlanding_assets.workers import worker_pool

OWNER = """
import os, sys
from moonlanding_assets.workers import worker_pool
if __name__ == "__main__":
    with worker_pool(2) as pool:
        found = {pool.submit(os.getpid).result() for _ in range(50)}
        print(*sorted(found), flush=True)
        sys.stdin.read()
"""


def test_workers_end_when_their_owner_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        workers = [int(one) for one in owner.stdout.readline().split()]
        assert workers
        handles = [os.pidfd_open(one) for one in workers]
        owner.kill()
    for handle in handles:
        gone = select.poll()
        gone.register(handle, select.POLLIN)
        assert gone.poll(60_000), "a worker lives on without its owner"
        os.close(handle)


def test_each_worker_begins_before_it_works(tmp_path: Path) -> None:
    with worker_pool(2, begin=os.chdir, given=(tmp_path,)) as pool:
        found = [pool.submit(os.getcwd) for _ in range(8)]
        assert {one.result() for one in found} == {str(tmp_path)}
