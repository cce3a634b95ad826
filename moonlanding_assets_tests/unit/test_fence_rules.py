"""The texts that fence clients who bypass the gateway: whole, closed, the same each time."""

import json
import subprocess
from pathlib import Path

import pytest

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.parallel.gateway.fence_rules import WRITE_ROLES, fence_files, rules
from moonlanding_assets.settings import SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_declared_collection_is_read_only_and_secrets_are_closed(system: str) -> None:
    text = rules(system, project="demo-p")
    for one in (one for one in COLLECTIONS if one.system == system):
        for pattern in one.patterns:
            block = text.partition(f"match /{pattern} {{")[2].partition("}")[0]
            assert "allow write: if false;" in block
            is_open = one.presence != "secret" and not one.secret_fields
            assert ("allow read: if mayRead();" in block) == is_open
    writes = [line for line in text.splitlines() if "allow" in line and "write" in line]
    assert {line.strip() for line in writes} == {
        "allow write: if false;", "allow read, write: if false;",
    }  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_commands_name_the_project_and_can_be_read_by_a_shell(
    system: str, tmp_path: Path
) -> None:
    files = fence_files(system, project="it's", database="(default)", keep="serviceAccount:a@b")
    assert files == fence_files(
        system, project="it's", database="(default)", keep="serviceAccount:a@b"
    )
    for verb in ("fence", "unfence", "canary"):
        script = tmp_path / f"{verb}.sh"
        script.write_text(files[f"{system}.{verb}.sh"])
        assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0
        assert verb == "canary" or all(role in files[f"{system}.{verb}.sh"] for role in WRITE_ROLES)
        assert "PROJECT='it'\"'\"'s'" in files[f"{system}.{verb}.sh"]
    deployed = json.loads(files[f"{system}.firebase.json"])["firestore"]
    assert deployed == [{"database": "(default)", "rules": f"{system}.firestore.rules"}]


def test_fence_and_unfence_do_the_opposite_with_the_same_lines(tmp_path: Path) -> None:
    files = fence_files("friday", project="p", database="(default)", keep="serviceAccount:kept")
    (tmp_path / "friday.before.rules").write_text("rules")
    fake = tmp_path / "bin"
    fake.mkdir()
    before = (
        "roles/datastore.user,serviceAccount:app\nroles/datastore.user,serviceAccount:kept\n"
        "roles/viewer,user:somebody\nroles/owner,user:boss\n"
    )
    (tmp_path / "before.csv").write_text(before)
    record = 'case "$2" in get-iam-policy) cat before.csv;; *) echo "$*" >> said.txt;; esac'
    for name in ("gcloud", "firebase", "curl"):
        (fake / name).write_text(f"#!/bin/sh\n{record}\n")
        (fake / name).chmod(0o755)
    said = {}
    for verb in ("fence", "unfence"):
        (tmp_path / "said.txt").write_text("")
        (tmp_path / "run.sh").write_text(files[f"friday.{verb}.sh"])
        done = subprocess.run(
            ["sh", "run.sh"], cwd=tmp_path, env={"PATH": f"{fake}:/usr/bin:/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / "said.txt").read_text().splitlines()
        said[verb] = [line for line in lines if "iam-policy-binding" in line]
        if verb == "fence":
            assert "user:boss" in done.stdout
    app = "p --member=serviceAccount:app --role=roles/datastore.user --condition=None --quiet"
    reads = "p --member=serviceAccount:app --role=roles/datastore.viewer --condition=None --quiet"
    assert said == {
        "fence": [
            f"projects remove-iam-policy-binding {app}", f"projects add-iam-policy-binding {reads}",
        ],
        "unfence": [
            f"projects add-iam-policy-binding {app}",
            f"projects remove-iam-policy-binding {reads}",
        ],
    }  # fmt: skip
