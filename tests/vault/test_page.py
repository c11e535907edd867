"""The script of the page about the vault in tests, run as it stands there."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import BINARY, ROOT

PAGE = ROOT / "docs" / "vault-for-tests.md"
YOURS = "# ... your tests ...\n"
# What a person would test, and whether the vault ends well.
TESTS = "aws secretsmanager get-secret-value --secret-id test/hello\n"
END = 'wait "$vault"\n'


@pytest.fixture
def folder(tmp_path):
    """A folder where the program lies as after a build, and an `aws` beside it."""
    program = tmp_path / "folder" / "target" / "release" / "latchkey-vault"
    program.parent.mkdir(parents=True)
    program.symlink_to(BINARY)
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(f'#!/usr/bin/env bash\nexec {sys.executable} -m awscli "$@"\n')
    aws.chmod(0o700)
    return tmp_path / "folder"


@pytest.fixture
def run(folder):
    """Runs a script there and answers what it prints; nothing of it goes on after the test."""
    scripts = []

    def run_script(text):
        # Files and not pipes, which a vault that goes on would keep open.
        out, log = folder.parent / "out", folder.parent / "log"
        with out.open("w") as stdout, log.open("w") as stderr:
            script = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", text],
                cwd=folder,
                env={**os.environ, "PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}"},
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        scripts.append(script)
        assert script.wait(60) == 0, log.read_text()
        return out.read_text()

    yield run_script
    for script in scripts:
        try:
            os.killpg(script.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        script.wait()


def test_the_script_of_the_page_runs_as_it_stands(run, folder):
    (script,) = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert script.count(YOURS) == 1
    out = run(script.replace(YOURS, TESTS) + END)
    decoder = json.JSONDecoder()
    created, end = decoder.raw_decode(out)
    read, _ = decoder.raw_decode(out[end:].lstrip())
    assert created["Name"] == "test/hello"
    assert (read["SecretString"], read["VersionId"]) == ("hi", created["VersionId"])
    assert created["ARN"].startswith("arn:aws:secretsmanager:us-east-1:123456789012:secret:test/hello-")
    assert [path.name for path in folder.iterdir()] == ["target"], "nothing is left behind"
