"""Sign-offs: the chain of hashes, what makes a signature count, and who may sign what."""

import json
import stat
from pathlib import Path

import pytest

from moonlanding_assets.cutover.signoff import (
    AUTOMATIC,
    Signature,
    is_demo,
    read_signatures,
    sign,
    valid_signature,
)
from moonlanding_assets.cutover.signoff_head import Head, head_file, write_head
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.settings import SYSTEMS, Layout

FIRST, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(data=tmp_path / "data")


def snapshots_of(layout: Layout, *projects: str) -> None:
    """Manifests that name these projects, nothing more."""
    for system, project in zip(SYSTEMS, projects, strict=True):
        directory = layout.snapshot(system)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "manifest.json").write_text(json.dumps({"source": {"project": project}}))


def three(layout: Layout) -> tuple[Signature, ...]:
    return tuple(
        sign(layout, phase=phase, evidence=evidence, by=by)
        for phase, evidence, by in (
            ("3.4", FIRST, "Ann Example"), ("3.5", FIRST, "Bob"), ("3.5", OTHER, "Chao Ω"),
        )
    )  # fmt: skip


def test_each_line_holds_the_hash_of_the_line_before(layout: Layout) -> None:
    signatures = three(layout)
    assert read_signatures(layout) == signatures
    assert [one.previous for one in signatures[1:]] == [one.hash for one in signatures[:-1]]
    assert stat.S_IMODE(layout.signoffs.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["by", "evidence", "phase", "at", "number", "previous", "hash"])
@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_is_named(layout: Layout, name: str, line: int) -> None:
    three(layout)
    lines = layout.signoffs.read_text().splitlines()
    content = json.loads(lines[line])
    content[name] = 9 if name == "number" else content[name][::-1] + "x"
    lines[line] = json.dumps(content)
    layout.signoffs.write_text("\n".join(lines) + "\n")
    with pytest.raises(SignOffRefused, match=f"line {line + 1} is not as it was written"):
        read_signatures(layout)
    with pytest.raises(SignOffRefused):
        sign(layout, phase="3.4", evidence=FIRST, by="Dora")


@pytest.mark.parametrize("kept", [(1, 2), (0, 2), (0, 2, 1), (0, 0, 1), (1,)])
def test_lines_cannot_be_taken_out_moved_or_repeated(layout: Layout, kept: tuple[int, ...]) -> None:
    three(layout)
    lines = layout.signoffs.read_text().splitlines()
    layout.signoffs.write_text("".join(lines[place] + "\n" for place in kept))
    with pytest.raises(SignOffRefused):
        read_signatures(layout)


def test_a_torn_line_is_not_believed(layout: Layout) -> None:
    three(layout)
    layout.signoffs.write_bytes(layout.signoffs.read_bytes()[:-20])
    with pytest.raises(SignOffRefused, match="line 3"):
        read_signatures(layout)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_lines_cut_off_at_the_end_are_noticed(layout: Layout, kept: int) -> None:
    three(layout)
    lines = layout.signoffs.read_text().splitlines(keepends=True)
    layout.signoffs.write_text("".join(lines[:kept]))
    with pytest.raises(SignOffRefused, match=f"it has {kept} lines, and 3 were signed"):
        read_signatures(layout)
    with pytest.raises(SignOffRefused):
        sign(layout, phase="3.4", evidence=FIRST, by="Dora")
    layout.signoffs.write_text("".join(lines))  # brought back
    assert sign(layout, phase="3.4", evidence=FIRST, by="Dora").number == 4


@pytest.mark.parametrize("content", [None, "", "{}", '{"number": 2}'])
def test_a_head_that_is_gone_or_changed_is_noticed(layout: Layout, content: str | None) -> None:
    three(layout)
    head_file(layout).unlink()
    if content is not None:
        head_file(layout).write_text(content)
    with pytest.raises(SignOffRefused, match=r"signoffs\.head, which knows its last line"):
        read_signatures(layout)


def test_lines_that_nobody_announced_are_noticed(layout: Layout) -> None:
    signatures = three(layout)
    write_head(layout, Head(number=2, hash=signatures[1].hash))
    with pytest.raises(SignOffRefused, match="it has 3 lines, and 2 were signed"):
        read_signatures(layout)


def test_a_kill_while_it_signs_leaves_a_log_that_is_believed(layout: Layout) -> None:
    signatures = three(layout)
    lines = layout.signoffs.read_text().splitlines(keepends=True)
    last = signatures[-1]
    write_head(layout, Head(number=2, hash=last.previous, coming=last.hash))
    assert read_signatures(layout) == signatures  # killed after the line
    layout.signoffs.write_text("".join(lines[:2]))
    assert read_signatures(layout) == signatures[:2]  # killed before it
    assert sign(layout, phase="3.4", evidence=FIRST, by="Dora").number == 3


def test_a_log_that_is_moved_away_begins_anew(layout: Layout) -> None:
    three(layout)
    layout.signoffs.rename(layout.data / "away.jsonl")
    assert read_signatures(layout) == ()
    assert sign(layout, phase="3.4", evidence=FIRST, by="Dora").number == 1
    assert len(read_signatures(layout)) == 1


def test_a_signature_counts_for_its_evidence_only(layout: Layout) -> None:
    signatures = three(layout)
    assert valid_signature(layout, phase="3.5", evidence=OTHER) == signatures[2]
    assert valid_signature(layout, phase="3.5", evidence="c" * 64) is None
    assert valid_signature(layout, phase="3.6", evidence=FIRST) is None
    assert valid_signature(Layout(data=layout.data / "none"), phase="3.5", evidence=OTHER) is None


@pytest.mark.parametrize("by", ["", "   ", "x" * 101, "two\nlines", "\x1b[31mred"])
def test_a_name_is_a_name(layout: Layout, by: str) -> None:
    with pytest.raises(SignOffRefused, match="a signature needs a name"):
        sign(layout, phase="3.4", evidence=FIRST, by=by)
    assert not layout.signoffs.exists()


def test_the_demo_signs_invented_data_only(layout: Layout) -> None:
    for projects in ((), ("demo-friday", "firm-mwr"), ("firm-friday", "demo-mwr")):
        if projects:
            snapshots_of(layout, *projects)
        assert not is_demo(layout)
        with pytest.raises(SignOffRefused, match="a person has to sign"):
            sign(layout, phase="3.5", evidence=FIRST, by=AUTOMATIC)
    snapshots_of(layout, "demo-friday", "demo-mwr")
    signature = sign(layout, phase="3.5", evidence=FIRST, by=AUTOMATIC)
    assert valid_signature(layout, phase="3.5", evidence=FIRST) == signature
    snapshots_of(layout, "firm-friday", "firm-mwr")  # real data came: the demo's name is void
    assert valid_signature(layout, phase="3.5", evidence=FIRST) is None
