"""A phase's log and times, what `watch` makes of them, and who is told at the end."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from moonlanding_assets.cutover.notice import STOPPED, Notice, Recipients, notice_of, send
from moonlanding_assets.cutover.phase_log import PhaseLog, StageTime, last_lines, read_times
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.cutover.seen import latest_phase, lines, look
from moonlanding_assets.errors import StageError
from moonlanding_assets.pipeline.kept_stages import KeptStages, told
from moonlanding_assets.pipeline.run_stages import Run, kept, kept_part
from moonlanding_assets.progress import Progress, Silent
from moonlanding_assets.settings import Layout

SAMPLE = BY_NUMBER["3.4"]
NOBODY = Recipients()
TOLD: list[Mapping[str, str]] = []


class Unwatched:
    """Stages that nobody watches."""

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator[Progress]:
        """Watch nothing."""
        yield Silent()

    def say(self, text: str) -> None:
        """Say nothing."""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(data=tmp_path / "data")


def test_pieces_of_a_stage_add_up_and_each_line_has_a_time(layout: Layout) -> None:
    with kept(Unwatched(), layout, Run(job="phase_3_4", run_id="r1"), NOBODY) as stages:
        for _ in range(3):
            with stages.work("cut", 9) as progress:
                progress.advance(3)
        with stages.work("load"):
            during = look(layout, SAMPLE)
    assert (during.is_running, during.now) == (True, "load")
    times = read_times(layout.phase("3.4"))
    assert times is not None
    assert times.stages["cut"].documents == 9
    assert (list(times.stages), times.now, times.is_running) == (["cut", "load"], "", False)
    said = last_lines(layout.phase("3.4"), 20)
    assert [line.partition(" ")[2] for line in said][:2] == ["run r1 begins", "cut: begins"]
    assert said[-1].endswith("run r1 ends")
    assert all(line[:2] == "20" and line[10] == "T" for line in said)


def test_what_stops_a_stage_is_in_the_log_and_no_value_is(layout: Layout) -> None:
    log = PhaseLog(layout.phase("3.4"), "r1").begin()
    stages = KeptStages(Unwatched(), log)
    with pytest.raises(StageError), stages.work("load"):
        raise StageError("the file is missing")
    with pytest.raises(KeyError), stages.work("load"):
        raise KeyError("ann@example.com")
    text = (layout.phase("3.4") / "log").read_text()
    assert "load: FAILED: StageError: the file is missing\n" in text
    assert "load: FAILED: KeyError\n" in text
    assert "ann@" not in text


def test_where_nothing_happens_nothing_is_logged_and_nobody_is_told(layout: Layout) -> None:
    TOLD.clear()
    to = Recipients(call=f"{__name__}:remember")
    with kept(Unwatched(), layout, Run(job="phase_3_4", run_id="r"), to):
        pass
    assert (layout.data.exists(), TOLD) == (False, [])


def test_a_run_of_something_else_has_no_log(layout: Layout) -> None:
    inner = Unwatched()
    with kept(inner, layout, Run(job="take_snapshot", run_id="r"), NOBODY) as stages:
        assert stages is inner
    assert not layout.data.exists()


def test_each_telling_ends_the_stage_before(layout: Layout) -> None:
    log = PhaseLog(layout.phase("3.5"), "r").begin()
    with pytest.raises(StageError):
        _tell_twice_and_break(KeptStages(Unwatched(), log))
    said = [line.partition(" ")[2] for line in last_lines(layout.phase("3.5"), 9)]
    assert "roll back: FAILED: StageError: it broke" in said
    assert said.index("change: 0.0 s") < said.index("roll back: begins")


def _tell_twice_and_break(stages: KeptStages) -> None:
    with told(stages) as tell:
        tell("change")
        tell("roll back")
        raise StageError("it broke")


def test_the_watch_shows_the_phase_that_ran_last(layout: Layout) -> None:
    assert latest_phase(layout) is None
    for number in ("3.5", "3.4"):
        PhaseLog(layout.phase(number), f"run of {number}").begin().end()
    file = layout.phase("3.5") / "times.json"
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 10**9))
    latest = latest_phase(layout)
    assert latest is not None
    assert latest.number == "3.5"
    database = layout.database("10%")
    database.parent.mkdir(parents=True)
    database.write_bytes(b"x" * 2_000_000)
    Path(f"{database}-wal").write_bytes(b"x" * 1_000_000)
    shown = "\n".join(lines(look(layout, latest)))
    assert "phase 3.5 is not running" in shown
    assert "database 2.0 MB, its -wal 1.0 MB, candidate 0.0 MB" in shown
    assert "run of 3.5 ends" in shown


def test_a_run_that_was_killed_does_not_run(layout: Layout) -> None:
    child = os.fork()
    if child == 0:
        PhaseLog(layout.phase("3.4"), "r").begin().stage_begins("load")
        os._exit(0)
    os.waitpid(child, 0)
    times = read_times(layout.phase("3.4"))
    assert times is not None
    assert (times.now, times.is_running) == ("load", False)


def test_steps_in_processes_of_their_own_add_up_and_the_run_begins_and_ends_once(
    layout: Layout,
) -> None:
    TOLD.clear()
    run, to = Run(job="phase_3_4", run_id="r1"), Recipients(call=f"{__name__}:remember")
    with kept(Unwatched(), layout, run, to) as whole:
        whole.say("steps work elsewhere")
        for _ in range(2):
            with kept_part(Unwatched(), layout, run) as part, part.work("cut") as progress:
                progress.advance(3)
                during = look(layout, SAMPLE)
    assert (during.now, during.is_running) == ("cut", True)
    times = read_times(layout.phase("3.4"))
    assert times is not None
    assert (times.stages["cut"].documents, times.now) == (6, "")
    said = [line.partition(" ")[2] for line in last_lines(layout.phase("3.4"), 20)]
    assert (said.count("run r1 begins"), said.count("run r1 ends"), len(TOLD)) == (1, 1, 1)
    assert said.count("cut: begins") == 2
    PhaseLog(layout.phase("3.4"), "r2").begin()
    again = read_times(layout.phase("3.4"))
    assert again is not None
    assert again.stages == {}
    assert not (layout.phase("3.4") / "times").exists()


def test_a_step_of_something_else_has_no_log(layout: Layout) -> None:
    with kept_part(Unwatched(), layout, Run(job="take_snapshot", run_id="r")) as stages:
        stages.say("nothing")
    assert not layout.data.exists()


def test_a_stage_time_in_words() -> None:
    assert str(StageTime(2.0)) == "2.0 s"
    assert str(StageTime(2.0, 300)) == "2.0 s, 300 documents, 150 a second"


def remember(notice: Mapping[str, str]) -> None:
    """What a user's callable does with a notice."""
    TOLD.append(notice)


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A webhook on this machine, and what it was sent."""
    received: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append(json.loads(self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", received
        finally:
            server.shutdown()
            thread.join()


def test_both_are_told_when_a_phase_stops(layout: Layout) -> None:
    TOLD.clear()
    with listening() as (url, received):
        to = Recipients(url=url, call=f"{__name__}:remember")
        with (
            pytest.raises(StageError),
            kept(Unwatched(), layout, Run(job="phase_3_4", run_id="r9"), to) as stages,
            stages.work("load"),
        ):
            raise StageError("no")
    assert received == [dict(TOLD[0])]
    assert (received[0]["phase"], received[0]["verdict"], received[0]["run_id"]) == (
        "3.4", STOPPED, "r9",
    )  # fmt: skip


@pytest.mark.parametrize(
    "recipients",
    [
        Recipients(url="http://127.0.0.1:9/nobody"), Recipients(url="file:///etc/passwd"),
        Recipients(call="nowhere:nothing"), Recipients(call="json"),
    ],
)  # fmt: skip
def test_a_notice_that_cannot_be_delivered_is_a_line_and_no_failure(
    layout: Layout, recipients: Recipients
) -> None:
    notice = notice_of(layout, SAMPLE, run_id="r", receipt=None)
    assert isinstance(notice, Notice)
    (trouble,) = send(notice, recipients)
    assert "was not told" in trouble
    with kept(Unwatched(), layout, Run(job="phase_3_4", run_id="r"), recipients) as stages:
        stages.say("one thing")
    assert "was not told" in last_lines(layout.phase("3.4"), 1)[0]
