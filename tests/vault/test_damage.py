"""Files of a vault that were cut, changed or replaced by older ones. The vault serves what was acknowledged, or refuses with
words and leaves its file as it is: never a wrong value.

LATCHKEY_TEST_SEED repeats what was chosen at random; LATCHKEY_TRIALS says how often each file is damaged in each way.
"""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, replace
from unittest.mock import ANY

import pytest
from caller import Caller, Refusal
from conftest import Vault, VaultRefused
from ledger import BROKEN_OFF, IS_AUTHENTICATED, Ledger, Writer, compare, look, names_in, open_moment
from test_crash import SEED, commits_in

TRIALS = int(os.environ.get("LATCHKEY_TRIALS") or 0)
# What is tried in every run: most where a mistake would cost most.
FEW = {"vault.db": 25, "vault.db-wal": 8, "vault.db-shm": 2, "vault.db.holder.json": 1, "vault.db.lock": 1}
# What holds nothing that was acknowledged: whatever becomes of it, the vault is served whole.
BESIDE = ("vault.db-shm", "vault.db.holder.json", "vault.db.lock")
WHOLE, REFUSED = "opened, whole", "not opened"
# The answers to a request that meets damage.
SAYS_DAMAGE = ("DecryptionFailure", "InternalServiceError")


@dataclass
class Moment:
    """The files of a vault as a kill left them, and what was acknowledged by then."""

    files: dict
    ledger: Ledger


@pytest.fixture(scope="module")
def moments(tmp_path_factory):
    """Three kills of one vault, each with a write in the log."""
    data, ledger, choice = tmp_path_factory.mktemp("killed") / "vault", Ledger(), random.Random(f"{SEED}/damage")
    moments = []
    for number in range(3):
        vault = open_moment(data)
        caller = Caller(vault)
        ledger.settle(compare(caller, ledger))
        for secret in ledger.secrets.values():
            secret.is_deleted = False  # It was restored to be read.
        writer = Writer(number, caller, ledger, choice)
        for _ in range(choice.randrange(6, 18)):
            writer.step()
        files = kill_with_a_log(data, vault, writer.run)
        assert writer.fault is None
        moments.append(Moment(files, ledger.copy()))
    return moments


def kill_with_a_log(data, vault, write):
    """Kills the vault when a write is in its log and not yet in its file, which waits for whoever reads. Returns its files."""
    with contextlib.closing(sqlite3.connect(f"file:{data}/vault.db?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM secret").fetchone()
        writing = threading.Thread(target=write)
        writing.start()
        while not commits_in((data / "vault.db-wal").read_bytes()):
            time.sleep(0.001)
        vault.stop(signal.SIGKILL)
        writing.join(timeout=30)
        return {path.name: path.read_bytes() for path in data.iterdir()}


def cut(content, choice):
    if not content:
        return b"fake"  # The lock file is empty: nothing can be cut off it.
    return content[: choice.randrange(len(content))]


def flip(content, choice):
    """Changes one byte, every second time one that is not empty space."""
    content = bytearray(content or b"fake")
    used = [at for at, byte in enumerate(content) if byte] if choice.random() < 0.5 else range(len(content))
    content[choice.choice(used)] ^= choice.randrange(1, 256)
    return bytes(content)


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("damage", [cut, flip])
def test_a_damaged_file_is_refused_and_left_or_serves_what_was_acknowledged(moments, memory_folder, tell, damage, name):
    trials = TRIALS or FEW[name]
    choice, counts, began = random.Random(f"{SEED}/{damage.__name__}/{name}"), Counter(), time.monotonic()
    for moment in moments:
        outcome = open_and_read(memory_folder / "damaged", moment.files, [moment.ledger], "undamaged")
        assert outcome == WHOLE, "what is not damaged is served whole"
    try:
        for number in range(trials):
            moment = choice.choice(moments)
            files = {**moment.files, name: damage(moment.files[name], choice)}
            counts[open_and_read(memory_folder / "damaged", files, [moment.ledger], f"trial {number}")] += 1
        if name in BESIDE:
            assert counts == {WHOLE: trials}
        if name == "vault.db":
            # A cut is nearly always found at once; a byte may be one of a single value, or of none.
            assert counts[REFUSED if damage is cut else WHOLE] and (damage is cut or len(counts) > 1), counts
    finally:
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        seconds = time.monotonic() - began
        tell(f"Damage, LATCHKEY_TEST_SEED={SEED}: {name}, {damage.__name__}: {told}, in {seconds:.0f} s")


@pytest.mark.parametrize("name", FEW)
def test_an_older_file_beside_newer_ones_is_refused_or_serves_one_moment(moments, memory_folder, name):
    for newer in (1, 2):
        for older in range(newer):
            files = {**moments[newer].files, name: moments[older].files[name]}
            # An older file of a vault is that vault at that time.
            ledgers = [moments[newer].ledger, *([moments[older].ledger] if name == "vault.db" else [])]
            open_and_read(memory_folder / "damaged", files, ledgers, f"of kill {older} beside those of kill {newer}")


def test_a_log_of_an_earlier_write_takes_no_later_one_back(tmp_path, memory_folder):
    """Both wrote to the same places of the file, so that what the log would bring back fits together."""
    data, ledger = tmp_path / "vault", Ledger()
    vault = open_moment(data)
    caller = Caller(vault)
    for name in "ab":
        caller.call("CreateSecret", Name=name, SecretString="fake", ClientRequestToken=name * 32)
    log = kill_with_a_log(data, vault, lambda: describe(caller, "a"))["vault.db-wal"]
    vault = open_moment(data)
    caller = Caller(vault)
    for name in "bab":
        assert describe(caller, name)
    ledger.secrets = {name: look(caller, name, []) for name in "ab"}
    caller.close()
    assert vault.stop() == 0
    files = {"vault.db": (data / "vault.db").read_bytes(), "vault.db-wal": log}
    # Where the log brings back a whole moment, the keyring knows of a later one.
    open_and_read(memory_folder / "damaged", files, [ledger], "a log that is older", lambda folder: Vault("--data", folder))


def describe(caller, name):
    """Whether a new description was acknowledged."""
    token = uuid.uuid4().hex
    try:
        caller.call("UpdateSecret", SecretId=name, Description=f"of {token}", ClientRequestToken=token)
    except BROKEN_OFF:
        return False
    return True


def open_and_read(folder, files, ledgers, which, opening=open_moment):
    """Lays the files into a folder, and opens and reads them as a vault, which is what one of the ledgers says."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    which = f"{which} of LATCHKEY_TEST_SEED={SEED}"
    try:
        vault = opening(folder)
    except VaultRefused as refused:
        assert refused.code == 1, f"{which}: it ended with {refused.code}: {refused}"
        assert str(folder) in str(refused) and "panicked" not in str(refused), f"{which}: {refused}"
        for name in ("vault.db", "vault.db-wal"):
            assert (folder / name).read_bytes() == files[name], f"{which}: {name} was changed: {refused}"
        return REFUSED
    caller = DamagedCaller(vault)
    try:
        wrong = [differences(caller, ledger) for ledger in ledgers]
        assert [] in wrong, f"{which}: {wrong}"
        assert "panicked" not in vault.told(), f"{which}: {vault.told()}"
    finally:
        caller.close()
        code = vault.stop()
    assert code == 0, which
    return "opened, a part not readable" if caller.refusals else WHOLE


class DamagedCaller(Caller):
    """Answers ANY, which is equal to everything, where the vault says that it cannot read something."""

    refusals = 0

    def call(self, operation, **request):
        try:
            return super().call(operation, **request)
        except Refusal as refusal:
            if refusal.code not in SAYS_DAMAGE:
                raise
            assert refusal.message, "it says what is wrong"
            self.refusals += 1
            return ANY


def differences(caller, ledger):
    """What the vault tells otherwise than the ledger, as far as it tells it."""
    wrong = []
    for name in ledger.names():
        states = ledger.expected(name)
        found = look(caller, name, states)
        if found and not IS_AUTHENTICATED:
            found = replace(found, description=ANY, tags=ANY, is_deleted=ANY)
        if found not in states:
            wrong.append(f"{name} is {found}, and was to be {' or '.join(map(repr, states))}")
    names = names_in(caller)
    if names is not ANY and not {*ledger.secrets} <= {*names} <= {*ledger.names()}:
        wrong.append(f"the list shows {names}")
    return wrong
