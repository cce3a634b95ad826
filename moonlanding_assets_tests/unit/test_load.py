"""build_candidate: exact values, clear refusals, nothing left behind."""

import math
import os
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from moonlanding_assets.errors import BrokenDatabase, NoSpace, StageError, TargetRefused
from moonlanding_assets.load.integrity import check_integrity, check_search
from moonlanding_assets.load.space import full_disk_is_no_space, require_space
from moonlanding_assets.load.target import LoadReport, build_candidate
from moonlanding_assets.normalize.stage import arrow_type
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import TimestampStorage
from moonlanding_assets_tests.stages import arrow_schema, firm, selected, write_stage


def built(directory: Path, rows: dict[str, list[dict[str, object]]]) -> Path:
    candidate = directory / "candidate.db"
    build_candidate(write_stage(directory / "stage", rows), candidate, run={})
    return candidate


def rows_of(name: str, *rows: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    return {**firm(), name: [*firm().get(name, []), *rows]}


def test_rows_arrive_and_the_report_counts_them(tmp_path: Path) -> None:
    candidate = tmp_path / "candidate.db"
    stage = write_stage(tmp_path / "stage", firm())
    report = build_candidate(stage, candidate, run={"seed": "7"})
    assert report.rows == {name: len(rows) for name, rows in firm().items()}
    assert report.size_bytes == candidate.stat().st_size > 0
    assert {"rows", "indexes", "search", "check foreign keys", "check integrity"} <= set(
        report.seconds
    )
    assert isinstance(report, LoadReport)
    for name, count in report.rows.items():
        assert selected(candidate, f"SELECT count(*) FROM {name}") == [(count,)]
    assert selected(candidate, "SELECT count(*) FROM sessions") == [(0,)]
    assert selected(candidate, "SELECT * FROM migration_run") == [("seed", "7")]
    assert selected(candidate, "SELECT count(*) FROM sqlite_stat1")[0][0] > 0
    assert selected(candidate, "SELECT name FROM clients") == [("Alder Ltd",)]


def test_the_file_is_private_and_alone(tmp_path: Path) -> None:
    old = os.umask(0o000)
    try:
        candidate = built(tmp_path, firm())
    finally:
        os.umask(old)
    assert stat.S_IMODE(candidate.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["candidate.db"]


def test_text_and_numbers_keep_every_bit(tmp_path: Path) -> None:
    texts = ["", "a\x00b", "😀 e\u0301 \u202e", "007", "1e3", " 12 ", "NULL", "it's"]
    numbers = [0, -1, 2**63 - 1, -(2**63), 2**53 + 1]
    doubles = [5e-324, 1.7976931348623157e308, math.inf, -math.inf, 0.1, math.nextafter(0.1, 1)]
    rows = rows_of(
        "file",
        *(
            {"id": f"f{n:02}", "rfi_id": "r0", "path": text}
            for n, text in enumerate(texts)
        ),
        *(
            {"id": f"g{n:02}", "rfi_id": "r0", "size": number}
            for n, number in enumerate(numbers)
        ),
    )  # fmt: skip
    rows["review"] += [
        {"id": f"x{n}", "engagement_id": "e1", "wip_value": value}
        for n, value in enumerate(doubles)
    ]
    candidate = built(tmp_path, rows)
    read = selected(candidate, "SELECT path, typeof(path) FROM file WHERE id GLOB 'f*' ORDER BY id")
    assert read == [(text, "text") for text in texts]
    read = selected(candidate, "SELECT size FROM file WHERE id GLOB 'g*' ORDER BY id")
    assert read == [(number,) for number in numbers]
    read = selected(candidate, "SELECT wip_value FROM review WHERE id GLOB 'x*' ORDER BY id")
    assert [struct.pack("<d", row[0]) for row in read] == [struct.pack("<d", d) for d in doubles]


def test_tagged_values_keep_kind_and_sign(tmp_path: Path) -> None:
    tagged = {"page_number": "i5", "x1": "d5.0", "y1": "d-0.0", "x2": "tNaN", "y2": None}
    tagged |= {"width": "i-9223372036854775808", "height": "d5e-324"}
    rows = rows_of(
        "migration_highlight_rects",
        {"highlight_id": "h2", "kind": "bounding", "ordinal": 0, **tagged},
    )
    columns = "page_number, x1, y1, x2, y2, width, height"
    (row,) = selected(
        built(tmp_path, rows),
        f"SELECT {columns} FROM migration_highlight_rects WHERE highlight_id = 'h2'",
    )
    assert [repr(value) for value in row] == [
        "5", "5.0", "-0.0", "'NaN'", "None", "-9223372036854775808", "5e-324",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", ["x5", "", "i", "i05", "i1.0", "i9223372036854775808", "dnan", "da"]
)
def test_unknown_tags_are_refused(tmp_path: Path, value: str) -> None:
    rows = rows_of(
        "migration_highlight_rects",
        {"highlight_id": "h2", "kind": "rect", "ordinal": 0, "x1": value},
    )
    with pytest.raises(StageError, match=r"migration_highlight_rects\.x1"):
        built(tmp_path, rows)


MOMENTS = {
    "0001-01-01T00:00:00.000Z": -62135596800,
    "1969-12-31T23:59:59.999Z": -1,
    "1970-01-01T00:00:00.000Z": 0,
    "2024-02-29T23:59:59.999Z": 1709251199,
    "9999-12-31T23:59:59.999Z": 253402300799,
}


@pytest.mark.parametrize("storage", ["iso8601", "unix_seconds"])
def test_times_are_stored_in_one_form(tmp_path: Path, storage: TimestampStorage) -> None:
    rows = rows_of(
        "rfi", *({"id": f"t{n}", "engagement_id": "e1", "due_date": text, "created_at": text}
                 for n, text in enumerate(MOMENTS)),
    )  # fmt: skip
    rows["rfis"] = [{"id": "s1", "engagement_id": "e1"}]
    rows["rfi_questions"] = [
        {"id": f"q{n}", "rfi_id": "s1", "due_date": text} for n, text in enumerate(MOMENTS)
    ]
    candidate = tmp_path / "candidate.db"
    stage = write_stage(tmp_path / "stage", rows)
    build_candidate(stage, candidate, timestamp_storage=storage, run={})
    due = selected(candidate, "SELECT due_date FROM rfi WHERE id GLOB 't*' ORDER BY id")
    as_text = selected(candidate, "SELECT due_date FROM rfi_questions ORDER BY id")
    wanted = list(MOMENTS) if storage == "iso8601" else list(MOMENTS.values())
    assert [row[0] for row in due] == wanted
    assert [row[0] for row in as_text] == [str(value) for value in wanted]
    assert selected(candidate, "SELECT due_date FROM rfi WHERE id = 'r0'") == [(None,)]


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T00:00:00.000Z", "2026-02-05", "2026-02-05T12:00:00Z", "now()", "1770292800"],
)
def test_a_time_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(StageError, match=r"client\.updated_at") as caught:
        built(tmp_path, rows_of("client", {"id": "c2", "updated_at": text}))
    assert text not in str(caught.value)


def changed(directory: Path, name: str, change: str) -> dict[str, Path]:
    stage = write_stage(directory, firm())
    table = pq.read_table(stage[name])
    if change == "lacks":
        table = table.drop_columns(["status"])
    elif change == "more":
        table = table.append_column("surprise", pa.array([1] * len(table)))
    elif change == "type":
        place = table.schema.get_field_index("status")
        table = table.set_column(place, "status", pa.array([1] * len(table)))
    pq.write_table(table, stage[name])
    return stage


@pytest.mark.parametrize(
    ("change", "message"),
    [("lacks", r"client\.status: the stage lacks"), ("more", r"client\.surprise"),
     ("type", r"client\.status: the stage holds int64, expected string")],
)  # fmt: skip
def test_a_stage_that_does_not_fit_is_refused(tmp_path: Path, change: str, message: str) -> None:
    stage = changed(tmp_path / "stage", "client", change)
    with pytest.raises(StageError, match=message):
        build_candidate(stage, tmp_path / "candidate.db", run={})
    assert not (tmp_path / "candidate.db").exists()


def test_missing_broken_and_unknown_stage_files_are_refused(tmp_path: Path) -> None:
    stage = write_stage(tmp_path / "stage", firm())
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(stage["client"].read_bytes()[:-9])
    for bad, message in (
        ({"client": tmp_path / "nothing.parquet"}, "client: the stage file .* is missing"),
        ({"client": cut}, "client: .* is not a Parquet file"),
        ({"clients": stage["client"]}, "clients: the schema has no such table"),
    ):
        with pytest.raises(StageError, match=message):
            build_candidate(bad, tmp_path / "candidate.db", run={})


def test_rows_without_key_and_nan_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"client\.id: 1 rows have no key"):
        built(tmp_path, rows_of("client", {"id": None}))
    with pytest.raises(StageError, match=r"review\.wip_value: holds NaN"):
        built(
            tmp_path, rows_of("review", {"id": "w2", "engagement_id": "e1", "wip_value": math.nan})
        )


def test_broken_foreign_keys_are_named_with_their_count(tmp_path: Path) -> None:
    rows = rows_of("rfi", *({"id": f"z{n}", "engagement_id": "gone"} for n in range(3)))
    rows["flag"] = [{"id": "f1", "review_id": "gone", "applied_by": "gone"}]
    with pytest.raises(BrokenDatabase) as caught:
        built(tmp_path, rows)
    for part in ("rfi: 3 rows", "in engagement", "flag: 1 rows without their parent in review"):
        assert part in str(caught.value)
    assert [one.name for one in tmp_path.iterdir()] == ["stage"]


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [("users", {"id": "u9", "email": "u0@one.example"}, r"users: 1 of 4 rows .*users\.email"),
     ("users", {"id": "u0", "email": "new@one.example"}, r"users: 1 of 4 rows .*users\.id"),
     ("client", {"id": "c9", "name": None}, r"client: 1 of 2 rows .*NOT NULL.*client\.name"),
     ("migration_highlight_rects", {"highlight_id": "h1", "kind": "rect", "ordinal": 0},
      "migration_highlight_rects: rows cannot")],
)  # fmt: skip
def test_clashing_rows_are_counted(
    tmp_path: Path, name: str, row: dict[str, object], message: str
) -> None:
    with pytest.raises(BrokenDatabase, match=message) as caught:
        built(tmp_path, rows_of(name, row))
    assert "one.example" not in str(caught.value)
    assert not (tmp_path / "candidate.db").exists()


def test_a_candidate_is_always_new(tmp_path: Path) -> None:
    candidate = tmp_path / "candidate.db"
    candidate.write_bytes(b"something")
    with pytest.raises(TargetRefused, match="candidate"):
        build_candidate({}, candidate, run={})
    assert candidate.read_bytes() == b"something"


def test_the_stage_type_of_every_column_is_the_one_agreed() -> None:
    for table in TABLE.values():
        for column in table.columns:
            assert arrow_type(column) == arrow_schema(table).field(column.name).type
    assert arrow_type(TABLE["client"].column("created_at")) == pa.string()


def test_checks_see_a_damaged_page_and_a_stale_search_index(tmp_path: Path) -> None:
    candidate = built(tmp_path, firm())
    with closing(sqlite3.connect(candidate)) as connection, connection:
        connection.execute("UPDATE client SET name = 'Birch Ltd'")
        with pytest.raises(BrokenDatabase, match="client_fts"):
            check_search(connection)
    content = bytearray(candidate.read_bytes())
    content[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(content)
    with closing(sqlite3.connect(damaged)) as connection, pytest.raises(BrokenDatabase):
        check_integrity(connection)


def test_too_little_room_is_said_before_the_build(tmp_path: Path) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free
    with pytest.raises(NoSpace, match=str(free_bytes * 1000)):
        require_space(tmp_path, free_bytes * 1000)
    require_space(tmp_path, 0)


def test_sqlites_full_disk_is_no_space(tmp_path: Path) -> None:
    small = tmp_path / "small.db"
    with closing(sqlite3.connect(small)) as connection:
        connection.execute("PRAGMA max_page_count = 3")
        connection.execute("CREATE TABLE t (x)")
        with (
            pytest.raises(NoSpace, match=r"small\.db"),
            full_disk_is_no_space(tmp_path / "small.db"),
        ):
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), full_disk_is_no_space(tmp_path / "x"):
        raise ValueError("mine")
    with pytest.raises(PermissionError), full_disk_is_no_space(tmp_path / "x"):
        raise PermissionError(13, "no")


FULL = """
import resource, sys
from pathlib import Path
from moonlanding_assets.errors import NoSpace
from moonlanding_assets.load.target import build_candidate
directory, limit = Path(sys.argv[1]), int(sys.argv[2])
stage = {one.stem: one for one in (directory / "stage").iterdir()}
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    build_candidate(stage, directory / "candidate.db", run={})
except NoSpace:
    print("no space")
"""


def test_a_disk_that_fills_up_at_any_step_is_no_space(tmp_path: Path) -> None:
    rows = rows_of("audit_logs", *({"id": f"{n:06}", "entity_type": "x" * 90} for n in range(9000)))
    candidate = built(tmp_path, rows)
    whole_bytes = candidate.stat().st_size
    candidate.unlink()
    for share in (0.1, 0.4, 0.6, 0.8, 0.95):  # tables, rows, indexes, search and statistics
        command = [sys.executable, "-c", FULL, str(tmp_path), str(int(whole_bytes * share))]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.stdout == "no space\n", (share, ended.stderr[-500:])
        assert [one.name for one in tmp_path.iterdir()] == ["stage"]
