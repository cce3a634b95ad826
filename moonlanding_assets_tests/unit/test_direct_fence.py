"""The commands of the firm that fence Firestore: run by a real shell, their clouds made by hand."""

import dataclasses
from pathlib import Path

import pytest

from moonlanding_assets.cutover.switch.direct_fence import (
    lift,
    note_by_hand,
    proved_now,
    raise_fence,
    read_direct_fence,
)
from moonlanding_assets.errors import SettingsError, StepFailed
from moonlanding_assets.parallel.gateway.fence_rules import fence_files
from moonlanding_assets.settings import SYSTEMS, Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Commands as `fence-rules` writes them; clouds that write down what they are asked.

    curl answers with what `code` holds.
    """
    directory, clouds = tmp_path / "fence", tmp_path / "bin"
    directory.mkdir()
    clouds.mkdir()
    for system in SYSTEMS:
        files = fence_files(system, project=f"p-{system}", database="(default)", keep="")
        files[f"{system}.before.rules"] = "rules"
        for name, text in files.items():
            (directory / name).write_text(text)
    said = tmp_path / "said.txt"
    answer = 'case "$2" in get-iam-policy) echo roles/datastore.user,user:a;; esac'
    for name, does in (("gcloud", answer), ("firebase", ""), ("curl", f"cat {tmp_path}/code")):
        (clouds / name).write_text(f'#!/bin/sh\necho "{name} $1 $2" >> {said}\n{does}\n')
        (clouds / name).chmod(0o755)
    (tmp_path / "code").write_text("403")
    monkeypatch.setenv("PATH", f"{clouds}:/usr/bin:/bin")
    made = read_settings({"MOONLANDING_DATA": str(tmp_path / "data")})
    made.layout.parallel.mkdir(parents=True)
    return dataclasses.replace(made, fence_directory=directory)


def said(settings: Settings) -> list[str]:
    file = settings.data.parent / "said.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def test_nothing_is_carried_out_unless_a_directory_is_named(settings: Settings) -> None:
    unnamed = dataclasses.replace(settings, fence_directory=None)
    with pytest.raises(SettingsError, match="MOONLANDING_FENCE_DIR"):
        raise_fence(unnamed, by="Ann")
    assert read_direct_fence(settings.layout) is None
    assert said(settings) == []
    assert proved_now(unnamed) == (False, "not fenced")


def test_it_is_raised_proved_by_a_canary_and_lifted(settings: Settings) -> None:
    fence = raise_fence(settings, by="Ann")
    assert fence.refused == {"friday": True, "mwr": True}
    assert fence.is_proved
    lines = said(settings)
    assert lines.count("gcloud projects remove-iam-policy-binding") == len(SYSTEMS)
    assert sum(line.startswith("firebase deploy") for line in lines) == len(SYSTEMS)
    assert proved_now(settings) == (True, "canaries refused")
    lift(settings)
    assert said(settings).count("gcloud projects add-iam-policy-binding") == len(SYSTEMS)
    assert read_direct_fence(settings.layout) is None
    assert proved_now(settings) == (False, "not fenced")


def test_a_canary_that_gets_through_is_no_fence(settings: Settings) -> None:
    code = settings.data.parent / "code"
    code.write_text("200")
    with pytest.raises(StepFailed, match="was not refused: friday, mwr"):
        raise_fence(settings, by="Ann")
    found = read_direct_fence(settings.layout)
    assert found is not None, "what was done has to be lifted"
    assert not found.is_proved
    code.write_text("403")
    raise_fence(settings, by="Ann")
    code.write_text("200")  # somebody deployed other rules since
    assert proved_now(settings) == (False, "a canary was taken: friday, mwr")


def test_a_command_that_fails_stops_it_and_leaves_a_note(settings: Settings) -> None:
    assert settings.fence_directory is not None
    (settings.fence_directory / "friday.before.rules").unlink()  # no way back: the script refuses
    with pytest.raises(StepFailed, match=r"friday.fence.sh ended with 1: see .*fence.sh.log"):
        raise_fence(settings, by="Ann")
    assert read_direct_fence(settings.layout) is not None
    assert proved_now(settings)[0] is True, "the canaries are asked anew, whatever happened before"
    (settings.fence_directory / "mwr.canary.sh").unlink()
    assert proved_now(settings)[0] is False


def test_by_hand_it_is_the_word_of_who_is_named(settings: Settings) -> None:
    fence = note_by_hand(settings.layout, by="Ann")
    assert (fence.kind, fence.is_proved) == ("by hand", True)
    is_met, found = proved_now(settings)
    assert is_met
    assert found.startswith("by hand, says Ann")
    lift(settings)
    assert said(settings) == []


def test_before_an_emulator_only_the_gateway_writes(settings: Settings) -> None:
    live = dataclasses.replace(settings.live, emulator="127.0.0.1:8080")
    assert proved_now(dataclasses.replace(settings, live=live))[0] is True
