"""The files by which a person logs in hold what they say, whatever the password is made of."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from holdfast.front.access import folder_files, keep_access
from holdfast.front.project import open_project
from holdfast.front.starter import starter


@pytest.mark.parametrize("password", ["plain-words", "it's $HOME `date` \"\\"])
def test_the_password_is_what_a_shell_reads(tmp_path: Path, password: str) -> None:
    """One that was changed in the cloud is put into secrets.json by hand."""
    (tmp_path / "cloud.yaml").write_text(starter(1))
    project = open_project(tmp_path / "cloud.yaml")
    project.state.mkdir(parents=True)
    kept = project.state / "secrets.json"
    kept.write_text(json.dumps({"admin": password}))
    kept.chmod(0o600)
    keep_access(project)
    clouds, openrc = folder_files(project)
    argv = ("sh", "-c", f'. "{openrc}"; printf %s "$OS_PASSWORD"')
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == password
    (entry,) = json.loads(clouds.read_text())["clouds"].values()
    assert entry["auth"]["password"] == password
