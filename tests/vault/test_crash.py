"""kill -9 at random moments under six writers. What was acknowledged is in the file alone, and in it with its side files.

LATCHKEY_TEST_SEED repeats what was chosen at random, as far as the machine does the same at the same time;
LATCHKEY_KILLS says how many kills. A kill ends the program and not the machine: what the disk does when the power fails
is not tried here.
"""

import os
import random
import shutil
import signal
import struct
import subprocess
import threading
import time

from caller import Caller
from conftest import BINARY, VaultRefused
from ledger import Ledger, Writer, compare, open_moment

SEED = int(os.environ.get("LATCHKEY_TEST_SEED") or random.SystemRandom().getrandbits(32))
KILLS = int(os.environ.get("LATCHKEY_KILLS") or 18)
WRITERS = 6
# After so many kills a new vault is begun, so that each is looked through to its end.
KILLS_PER_VAULT = 3
# From so many kills on, nearly all leave a file that opens by itself.
ENOUGH = 18
SIDE_FILES = ["vault.db-wal", "vault.db-shm"]


def write_until_killed(vault, ledger, choice):
    """Lets six writers write, and kills the vault at a random moment, when some of them were acknowledged."""
    number = ledger.acknowledged + choice.randrange(1, 25)
    writers = [Writer(n, Caller(vault), ledger, random.Random(choice.getrandbits(64))) for n in range(WRITERS)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    arrived = ledger.wait_for(number)
    # Anywhere in the write that comes next, and not only where an answer was sent.
    time.sleep(choice.uniform(0, 0.01))
    vault.stop(signal.SIGKILL)
    for thread in threads:
        thread.join(timeout=30)
    for writer in writers:
        if writer.fault:
            raise writer.fault
    assert arrived, "six writers go on"


def kill_while_it_opens(data, choice):
    """Starts the vault and kills it once it has begun to open its file, before or after it is ready."""
    holder = data / "vault.db.holder.json"
    holder.unlink()  # That of the vault that was killed before.
    process = subprocess.Popen(
        [BINARY, "serve", "--data", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not holder.exists():
            assert process.poll() is None and time.monotonic() < deadline, "it does not open"
            time.sleep(0.001)
        time.sleep(choice.uniform(0, 0.1))
        assert process.poll() is None, "it is opening, or open"
    finally:
        process.kill()
        process.wait(timeout=10)


def commits_in(log):
    """How many transactions a write-ahead log ends: frames that give the size of the file after them."""
    header, frame = 32, 24 + 4096
    frames = [log[at : at + frame] for at in range(header, len(log) - frame + 1, frame)]
    return sum(struct.unpack(">I", content[4:8])[0] != 0 for content in frames)


class Round:
    """A vault in a folder, killed again and again. It is looked at in copies: there is no other way to see the file alone,
    and copies in memory are quick."""

    def __init__(self, folder, copies, figures):
        self.data, self.copies, self.figures = folder / "vault", copies, figures
        self.ledger = Ledger()
        self.vault = open_moment(self.data)

    def kill(self, choice):
        before = self.ledger.acknowledged
        write_until_killed(self.vault, self.ledger, choice)
        self.figures["kills"] += 1
        self.figures["acknowledged writes"] += self.ledger.acknowledged - before
        self.figures["writes without an answer"] += len(self.ledger.unanswered)
        self.look_at_the_file_alone()
        self.ledger.settle(self.look(SIDE_FILES))
        if choice.random() < 0.25:
            kill_while_it_opens(self.data, choice)
            self.figures["kills while it opened"] += 1
        self.vault = open_moment(self.data)

    def look_at_the_file_alone(self):
        """A write that is not acknowledged can be half in the file: then it is not opened without its log."""
        log = self.data / "vault.db-wal"
        is_under_way = log.exists() and commits_in(log.read_bytes())
        try:
            self.look([])
            self.figures["files alone opened"] += 1
        except VaultRefused as refused:
            assert is_under_way, f"no write was under way, and the file alone is refused: {refused}"
            assert any(words in str(refused) for words in ("damaged", "together with its -wal file")), refused
            self.figures["files alone refused"] += 1

    def look(self, side_files):
        """What a copy of the file with these beside it holds."""
        shutil.rmtree(self.copies, ignore_errors=True)
        self.copies.mkdir()
        for name in ["vault.db", *side_files]:
            if (self.data / name).exists():
                shutil.copy(self.data / name, self.copies)
        vault = open_moment(self.copies)
        caller = Caller(vault)
        held = compare(caller, self.ledger)
        caller.close()
        assert "panicked" not in vault.told()
        assert vault.stop() == 0
        return held


def test_every_acknowledged_write_outlives_kill_9_in_the_file_alone_and_beside_its_log(tmp_path, memory_folder, tell):
    names = ["kills", "kills while it opened", "acknowledged writes", "writes without an answer", "files alone opened"]
    figures, began = dict.fromkeys([*names, "files alone refused"], 0), time.monotonic()
    try:
        for number in range(0, KILLS, KILLS_PER_VAULT):
            # A kill meets a write at the disk, or between two steps where no disk is waited for.
            folder = (tmp_path if number % (2 * KILLS_PER_VAULT) else memory_folder) / str(number)
            folder.mkdir()
            choice = random.Random(f"{SEED}/{number}")
            killed = Round(folder, memory_folder / "copies", figures)
            for _ in range(min(KILLS_PER_VAULT, KILLS - number)):
                killed.kill(choice)
            assert killed.vault.stop() == 0
            shutil.rmtree(folder)
        if figures["kills"] >= ENOUGH:
            assert figures["kills while it opened"] > 0
            opened = figures["files alone opened"]
            assert opened * 10 >= figures["kills"] * 9, f"{opened} of {figures['kills']} files alone were opened"
    finally:
        told = ", ".join(f"{count} {name}" for name, count in figures.items())
        tell(f"Crashes, LATCHKEY_TEST_SEED={SEED}: {told}, in {time.monotonic() - began:.0f} s")
