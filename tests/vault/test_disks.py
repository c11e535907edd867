"""A vault on a disk that is full, and on one that takes no writes: a small one, mounted where only these programs see it.

That takes a mount namespace: root's, or one of a user namespace. Where neither is allowed, the run says NOT CHECKED.
"""

import errno
import json
import signal
import subprocess
from pathlib import Path

import pytest
from caller import Caller, Refusal
from conftest import Vault, VaultRefused

PAGE = 4096
WAYS = {("--mount",): [], ("--user", "--map-root-user", "--mount"): ["--user", "--preserve-credentials"]}
MOUNT = 'mount -t tmpfs -o size=3m,mode=700 tmpfs "$1" && echo mounted && exec cat'


class Disk:
    """A file system of 3 MiB, as long as the process lives that holds it."""

    def __init__(self, holder, mount_point, entering):
        self.holder, self.mount_point = holder, mount_point
        self.inside = ["nsenter", "--target", str(holder.pid), "--mount", *entering]
        # The same folder, seen from here.
        self.root = Path(f"/proc/{holder.pid}/root{mount_point}")

    def fill(self, pages_left):
        """Leaves so much space and no more."""
        with open(self.root / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * PAGE)
            except OSError as error:
                assert error.errno == errno.ENOSPC, error
            filler.truncate(max(0, filler.tell() - pages_left * PAGE))

    def free(self):
        (self.root / "filler").unlink()

    def remount(self, options):
        subprocess.run([*self.inside, "mount", "-o", f"remount,bind,{options}", self.mount_point], check=True)

    def end(self):
        self.holder.stdin.close()
        self.holder.wait(timeout=10)
        self.holder.stdout.close()


def mount(mount_point):
    """The disk, or what the machine says against it."""
    for how, entering in WAYS.items():
        command = ["unshare", *how, "sh", "-c", MOUNT, "sh", mount_point]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if holder.stdout.readline():
            holder.stderr.close()
            return Disk(holder, mount_point, entering)
        said = holder.communicate()[1].strip()
    return said


@pytest.fixture
def disk(tmp_path, tell):
    mount_point = tmp_path / "disk"
    mount_point.mkdir()
    (tmp_path / "passphrase").write_text("fake passphrase of the tests\n")
    credentials = {"access_key_id": "AKIAFAKEFAKEFAKE0001", "secret_access_key": "fake-secret-of-the-tests"}
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    mounted = mount(mount_point)
    if isinstance(mounted, Disk):
        yield mounted
        mounted.end()
    else:
        tell(f"NOT CHECKED: a vault on a full or read-only disk, since no disk can be mounted: {mounted}. Allow user "
             "namespaces to mount, or run the tests as root with CAP_SYS_ADMIN.")  # fmt: skip
        pytest.skip("no disk can be mounted here")


def options(disk, folder="vault"):
    beside = disk.mount_point.parent
    files = ("--passphrase-file", beside / "passphrase", "--credentials-file", beside / "credentials.json")
    return ("--data", disk.mount_point / folder, *files)


@pytest.fixture
def opened(start, disk):
    """Opens the vault that lies on the disk."""
    return lambda: start(*options(disk), credentials="fake-secret-of-the-tests", inside=disk.inside)


def put(caller, number):
    """Writes a value of three pages of the store. Returns it, and how it was refused."""
    value = f"fake-{number}-" + "x" * 9000
    try:
        caller.call("PutSecretValue", SecretId="a", SecretString=value, ClientRequestToken=f"{number:032}")
    except Refusal as refusal:
        return value, refusal
    return value, None


def read(caller):
    return caller.call("GetSecretValue", SecretId="a")["SecretString"]


def fill_and_write(disk, caller, value, number):
    """Leaves as many pages as `number` says, writes, reads, and returns what the secret may be now, and the refusal."""
    disk.fill(number)
    new, refusal = put(caller, number)
    if refusal:
        assert (refusal.status, refusal.code) == (500, "InternalServiceError"), refusal
        assert "full" in refusal.message, refusal
    may_be = {new} if refusal is None else {value, new} if "was made" in refusal.message else {value}
    assert read(caller) in may_be, f"reading goes on with {number} pages left, {refusal}"
    return may_be, refusal


def test_on_a_full_disk_reading_goes_on_and_writes_say_why_until_there_is_space(disk, opened):
    vault = opened()
    caller, value, refused = Caller(vault), "fake", 0
    caller.call("CreateSecret", Name="a", SecretString=value, ClientRequestToken="f" * 32)
    for number in range(1, 26):
        _, refusal = fill_and_write(disk, caller, value, number)
        value = read(caller)
        refused += refusal is not None
        disk.free()
    assert 0 < refused < 25, "some pages are too few, and some are enough"
    value, refusal = put(caller, 99)
    assert refusal is None, "with space writes go on"
    caller.close()
    vault.stop(signal.SIGKILL)
    for name in ("vault.db-wal", "vault.db-shm"):
        (disk.root / "vault" / name).unlink(missing_ok=True)
    assert read(Caller(opened())) == value, "the file alone holds what was acknowledged"


@pytest.mark.parametrize("number", [2, 8, 10, 12])
def test_a_kill_on_a_full_disk_loses_nothing_acknowledged(disk, opened, number):
    vault = opened()
    caller = Caller(vault)
    caller.call("CreateSecret", Name="a", SecretString="fake", ClientRequestToken="f" * 32)
    may_be, _ = fill_and_write(disk, caller, "fake", number)
    caller.close()
    vault.stop(signal.SIGKILL)
    has_log = (disk.root / "vault" / "vault.db-wal").stat().st_size > 0
    # Without it, as in a copy of the folder, opening for writing needs space.
    (disk.root / "vault" / "vault.db-shm").unlink()
    disk.fill(0)
    try:
        vault = opened()
    except VaultRefused as refused:
        assert has_log, f"where no write was cut off it opens for reading: {refused}"
        assert refused.code == 1 and "vault.db-wal" in str(refused) and "full" in str(refused), refused
    else:
        assert vault.ready["read_only"] is True
        assert read(Caller(vault)) in may_be
        vault.stop()
    disk.free()
    vault = opened()
    assert read(Caller(vault)) in may_be
    assert put(Caller(vault), 99)[1] is None, "with space writes go on"


def test_a_disk_that_is_mounted_read_only_is_read_and_left_as_it_is(disk, opened):
    vault = opened()
    caller = Caller(vault)
    caller.call("CreateSecret", Name="a", SecretString="fake", ClientRequestToken="f" * 32)
    vault.stop()
    disk.remount("ro")
    before = {path.name: path.read_bytes() for path in (disk.root / "vault").iterdir()}
    vault = opened()
    assert vault.ready["read_only"] is True
    caller = Caller(vault)
    assert read(caller) == "fake"
    refusal = put(caller, 1)[1]
    assert (refusal.status, refusal.code) == (400, "AccessDeniedException")
    assert "read-only" in refusal.message
    assert read(caller) == "fake", "reading goes on"
    assert vault.stop() == 0
    assert {path.name: path.read_bytes() for path in (disk.root / "vault").iterdir()} == before
    disk.remount("rw")
    vault = opened()
    assert "read_only" not in vault.ready
    assert put(Caller(vault), 1)[1] is None
