"""The end of the program: every connection ends with it at once, whatever its client does, and its file is free."""

import signal
import socket
import time
from urllib.parse import urlsplit

import pytest
from caller import Caller

# One second is promised; the rest is for a busy machine, and for the process to end.
SOON_SECONDS = 1 + 1
VALUE = "fake-value-" + "x" * 60_000


@pytest.fixture
def vault(start, tmp_path):
    vault = start("--data", tmp_path / "vault")
    caller = Caller(vault)
    caller.call("CreateSecret", Name="a", SecretString=VALUE, ClientRequestToken="0" * 32)
    caller.close()
    return vault


def connect(vault):
    address = urlsplit(vault.endpoint)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def read_to_the_end(connection):
    """All that still comes; a connection that is reset gives nothing more."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def terminate(vault):
    """Sends SIGTERM, and returns when that was."""
    vault.process.send_signal(signal.SIGTERM)
    return time.monotonic()


def test_a_request_whose_last_byte_comes_after_sigterm_gets_no_value(vault):
    request = Caller(vault).raw("GetSecretValue", SecretId="a")
    head, body = request.split(b"\r\n\r\n")
    with connect(vault) as whole, connect(vault) as held:
        whole.sendall(request)
        assert whole.recv(15) == b"HTTP/1.1 200 OK", "the same request is good before"
        held.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert held.recv(100).startswith(b"HTTP/1.1 100 "), "it waits for the body"
        held.sendall(body[:-1])
        began = terminate(vault)
        read_to_the_end(whole)  # A connection at rest ends when the vault has begun to stop.
        try:
            held.sendall(body[-1:])
        except (BrokenPipeError, ConnectionResetError):
            pass  # It may be closed already.
        answer = read_to_the_end(held)
    assert VALUE.encode() not in answer and not answer.startswith(b"HTTP/1.1 200"), answer[:200]
    assert vault.process.wait(timeout=SOON_SECONDS) == 0
    assert time.monotonic() - began < SOON_SECONDS


def test_a_client_that_pipelines_and_never_reads_does_not_hold_the_file_after_sigterm(vault, start, tmp_path):
    request = Caller(vault).raw("GetSecretValue", SecretId="a")
    with connect(vault) as client:
        # Of 30 MB of answers, which no system keeps for a client.
        client.sendall(request * 500)
        before, answered = -1, 0
        while before != answered or answered == 0:
            time.sleep(0.3)
            before, answered = answered, vault.told().count("GetSecretValue")
        assert answered < 500, "it waits for its client"
        began = terminate(vault)
        assert vault.process.wait(timeout=SOON_SECONDS) == 0
        assert time.monotonic() - began < SOON_SECONDS
        again = start("--data", tmp_path / "vault")
    caller = Caller(again)
    assert caller.call("GetSecretValue", SecretId="a")["SecretString"] == VALUE
    caller.close()


def test_silent_connections_neither_shut_a_signed_client_out_nor_delay_the_end(vault):
    silent = [connect(vault) for _ in range(128)]
    try:
        caller = Caller(vault)
        for _ in range(3):
            assert caller.call("GetSecretValue", SecretId="a")["SecretString"] == VALUE
        began = terminate(vault)
        assert vault.process.wait(timeout=SOON_SECONDS) == 0
        assert time.monotonic() - began < SOON_SECONDS
        assert all(read_to_the_end(connection) == b"" for connection in silent), "each was closed, and told nothing"
        caller.close()
    finally:
        for connection in silent:
            connection.close()
