"""The real `latchkey-vault` and the real clients that talk to it: the AWS CLI and boto3."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "debug" / "latchkey-vault"
# The clients read no file of a person, not even to find nothing in it.
NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
os.environ.update(NO_FILES)


class Vault:
    """A running vault, as its line of JSON describes it."""

    running = set()

    def __init__(self, *arguments, credentials=None, stdin=None, environment=None, inside=()):
        """`inside` is a command that starts the vault in another place."""
        # A file and not a pipe: nobody reads the log while the vault runs.
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*inside, BINARY, "serve", "--listen", "127.0.0.1:0", *map(str, arguments)],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.running.add(self)
        if stdin is not None:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        # One that neither opens nor refuses is killed, which is no code that a vault ends with.
        watch = threading.Timer(60, self.process.kill)
        watch.start()
        line = self.process.stdout.readline()
        watch.cancel()
        if not line:
            code = self.process.wait(timeout=10)
            self.running.discard(self)
            raise VaultRefused(code, self.told())
        self.ready = json.loads(line)
        self.endpoint = self.ready["endpoint"]
        self.access_key_id = self.ready["access_key_id"]
        self.secret_access_key = self.ready.get("secret_access_key") or credentials

    def client(self, region="us-east-1", **changes):
        """A boto3 client; `changes` replace its credentials."""
        keys = {"aws_access_key_id": self.access_key_id, "aws_secret_access_key": self.secret_access_key}
        return boto3.session.Session(**{**keys, **changes}).client(
            "secretsmanager",
            region_name=region,
            endpoint_url=self.endpoint,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10),
        )

    def aws(self, *arguments, region="us-east-1"):
        """Runs `aws secretsmanager ...`; answers what it prints, or raises with its error."""
        done = subprocess.run(
            [sys.executable, "-m", "awscli", "--endpoint-url", self.endpoint, "secretsmanager", *arguments],
            env={
                **os.environ,
                "AWS_ACCESS_KEY_ID": self.access_key_id,
                "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
                "AWS_DEFAULT_REGION": region,
                "AWS_DEFAULT_OUTPUT": "json",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AwsError(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def told(self):
        """Its log so far."""
        self.log.seek(0)
        return self.log.read()

    def stop(self, how=signal.SIGTERM):
        """Ends the vault and answers its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(timeout=10)
        self.running.discard(self)
        self.process.stdout.close()
        self.log.close()
        return code


class VaultRefused(Exception):
    """The vault ended before it was ready; the text is what it said."""

    def __init__(self, code, text):
        self.code = code
        super().__init__(text)


class AwsError(Exception):
    """What the AWS CLI printed when it failed."""


@pytest.fixture(scope="session")
def shared_vault():
    """One vault in memory for all tests: each works in a Region of its own."""
    vault = Vault("--in-memory")
    yield vault
    assert vault.stop() == 0, "SIGTERM must end the vault cleanly"


@pytest.fixture
def region(request):
    """A Region that no other test uses."""
    names = request.config.stash.setdefault(REGIONS, iter(f"te-st-{number}" for number in range(1, 10_000)))
    return next(names)


REGIONS = pytest.StashKey()
TOLD = pytest.StashKey()


@pytest.fixture(scope="session")
def memory_folder():
    """A folder on which writes wait for no disk, where the system has one."""
    shared_memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=shared_memory if os.path.isdir(shared_memory) else None) as folder:
        yield Path(folder)


@pytest.fixture
def tell(request):
    """Prints a line at the end of the run, whether or not tests failed."""
    return request.config.stash.setdefault(TOLD, []).append


def pytest_sessionfinish():
    """Leaves no vault behind a test that failed."""
    for vault in Vault.running:
        vault.process.kill()


def pytest_terminal_summary(terminalreporter, config):
    for line in dict.fromkeys(config.stash.get(TOLD, [])):
        terminalreporter.write_line(line)


@pytest.fixture
def secrets(shared_vault, region):
    """A boto3 client on an empty Region."""
    client = shared_vault.client(region)
    yield client
    client.close()


@pytest.fixture
def start():
    """Starts vaults, and ends those that the test left running."""
    vaults = []

    def start_vault(*arguments, **options):
        vaults.append(Vault(*arguments, **options))
        return vaults[-1]

    yield start_vault
    for vault in vaults:
        if vault.process.poll() is None:
            vault.stop()
