"""The installed program, started as a person would start it."""

import os
import resource
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from conftest import TARGET
from window import Window, until

PROGRAM = "usr/bin/latchkey"
DEBUG_PROGRAM = TARGET / "debug" / "latchkey"
NOBODY = 65534


@pytest.fixture
def folder(tmp_path):
    """An empty folder to work in, where nothing keeps the kernel from writing a core."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def start(installed, surroundings, folder):
    """Starts the program, and answers once its page has a process of its own."""
    programs = []

    def start_program(path=installed / PROGRAM, **environment):
        program = subprocess.Popen([path], env={**surroundings, **environment}, cwd=folder)
        programs.append(program)
        until(lambda: "WebKitWebProces" in children(program.pid).values(), "the page has a process")
        return program

    yield start_program
    for program in programs:
        if program.returncode is None:
            program.terminate()
            program.wait(10)


def test_a_secret_is_read_in_the_window_of_the_installed_program(installed, surroundings, listener):
    window = Window(installed / PROGRAM, free_port(listener), surroundings)
    try:
        window.press('[data-testid="load-samples"]')
        window.press('[data-testid="catalog-row"][data-name="prod/payments/database"]')
        window.press('[data-testid="reveal"]')
        value = window.text('[data-testid="value-field"][data-key="password"] [data-testid="clear-text"]')
        assert value.startswith("fake-prod-payments-password-")
    finally:
        window.close()


@pytest.mark.parametrize("variable", ["WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"])
def test_no_variable_opens_the_page_to_an_inspector(start, variable, tmp_path):
    def can_be_inspected(**program):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = free_port(listener)
        start(**program, **{variable: f"127.0.0.1:{port}"})
        return is_open(port)

    assert not can_be_inspected()
    # What is being worked on lets itself be looked into.
    other = can_be_inspected(path=DEBUG_PROGRAM, LATCHKEY_HOME=str(tmp_path / "other"))
    assert other, "nothing was shown: no program can be inspected"


def test_no_process_of_the_window_may_leave_a_core(start):
    program = start()
    # One byte: the kernel writes no core that small, and starts no collector for it, as it does with none.
    shut = 0 if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 else 1
    for pid in (program.pid, *children(program.pid)):
        assert core_limit(pid) == (shut, shut), Path(f"/proc/{pid}/comm").read_text()


def test_a_crash_leaves_no_core(start, folder):
    assert not leaves_a_core(start())
    assert list(folder.iterdir()) == []

    other = subprocess.Popen(["sleep", "60"], cwd=folder)
    assert leaves_a_core(other), "nothing was shown: this machine writes no core of any program"


def test_another_program_of_the_same_person_cannot_look_into_it(installed, surroundings, listener):
    # A display that never answers: when it is asked for, the program has begun and does not go on.
    surroundings["DISPLAY"] = f"127.0.0.1:{listener.getsockname()[1] - 6000}"
    # Root may look into everything, and nobody else may go through the folders of root in which the programs lie.
    person = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    head, sleep = (os.path.realpath(shutil.which(name)) for name in ("head", "sleep"))

    def can_be_looked_into(process):
        look = [head, "--bytes=1", f"/proc/{process.pid}/environ"]
        return subprocess.run(look, stdout=subprocess.DEVNULL, check=False, cwd="/", **person).returncode == 0

    processes = [subprocess.Popen([sleep, "60"], cwd="/", **person)]
    try:
        with (installed / PROGRAM).open() as file:
            command = [f"/proc/self/fd/{file.fileno()}"]
            processes += [subprocess.Popen(command, env=surroundings, cwd="/", pass_fds=[file.fileno()], **person)]
        listener.accept()
        other, program = processes
        assert not can_be_looked_into(program)
        assert can_be_looked_into(other), "nothing was shown: no program can be looked into"
    finally:
        for process in processes:
            process.kill()
            process.wait()


def free_port(listener):
    port = listener.getsockname()[1]
    listener.close()
    return port


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def children(parent):
    """The names of the processes that a process has started, by id."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = path.read_text().rsplit(")", 1)
        except OSError:
            continue
        if int(rest.split()[1]) == parent:
            found[int(path.parent.name)] = name.split("(", 1)[1]
    return found


def core_limit(pid):
    return resource.prlimit(pid, resource.RLIMIT_CORE)


def leaves_a_core(process):
    """Crashes a process of ours, and answers whether the kernel has dumped its memory, to a file or a collector."""
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)
