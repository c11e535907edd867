"""A vault on disk: what was acknowledged is there, and what cannot be opened is left as it is."""

import json
import signal

import pytest
from conftest import Vault, VaultRefused


@pytest.fixture
def data(tmp_path):
    """A folder for a vault, its passphrase in a file beside it and the credentials of all its runs."""
    (tmp_path / "passphrase").write_text("fake passphrase of the tests\n")
    credentials = {"access_key_id": "AKIAFAKEFAKEFAKE0001", "secret_access_key": "fake-secret-of-the-tests"}
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    return tmp_path


def options(data, passphrase="passphrase"):
    return (
        "--data", data / "vault",
        "--passphrase-file", data / passphrase,
        "--credentials-file", data / "credentials.json",
    )  # fmt: skip


def opened(start, data):
    return start(*options(data), credentials="fake-secret-of-the-tests")


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_acknowledged_writes_survive_a_kill(start, data):
    vault = opened(start, data)
    secrets = vault.client()
    acknowledged = []
    for number in range(40):
        secrets.create_secret(Name=f"kept/{number}", SecretString=f"fake-{number}")
        acknowledged.append(number)
        if number % 10 == 9:
            secrets.put_secret_value(SecretId="kept/0", SecretString=f"fake-0-{number}")
    vault.stop(signal.SIGKILL)

    again = opened(start, data).client()
    for number in acknowledged[1:]:
        assert again.get_secret_value(SecretId=f"kept/{number}")["SecretString"] == f"fake-{number}"
    assert again.get_secret_value(SecretId="kept/0")["SecretString"] == "fake-0-39"
    assert again.get_secret_value(SecretId="kept/0", VersionStage="AWSPREVIOUS")["SecretString"] == "fake-0-29"


def test_nothing_of_a_value_lies_on_the_disk(start, data):
    vault = opened(start, data)
    vault.client().create_secret(Name="sealed", SecretString="fake-canary-in-clear")
    for how in (signal.SIGKILL, signal.SIGTERM):
        vault.stop(how)
        for path, content in contents(data / "vault").items():
            assert b"fake-canary-in-clear" not in content, path
            assert b"fake passphrase" not in content, path
        vault = opened(start, data)
    for path in (data / "vault").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is for its owner only"


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(start, data):
    opened(start, data).stop()
    before = contents(data / "vault")
    (data / "wrong").write_text("another fake passphrase\n")
    with pytest.raises(VaultRefused) as refused:
        Vault(*options(data, "wrong"))
    assert "passphrase" in str(refused.value).lower()
    assert "another fake" not in str(refused.value)
    assert refused.value.code != 0
    assert contents(data / "vault") == before, "a vault that did not open is left as it is"


def test_the_passphrase_comes_from_standard_input(start, data):
    arguments = ("--data", data / "vault", "--passphrase-file", "-")
    first = start(*arguments, stdin="fake words\n")
    first.client().create_secret(Name="a", SecretString="fake")
    assert "secret_access_key" in first.ready, "credentials that were made for this run are told"
    first.stop()
    second = start(*arguments, stdin="fake words\n")
    assert second.client().get_secret_value(SecretId="a")["SecretString"] == "fake"
    assert second.secret_access_key != first.secret_access_key


def test_the_keyring_opens_a_vault_without_a_passphrase(start, data):
    first = start("--data", data / "vault")
    first.client().create_secret(Name="a", SecretString="fake")
    first.stop()
    again = start("--data", data / "vault")
    assert again.client().get_secret_value(SecretId="a")["SecretString"] == "fake"


def test_without_a_keyring_the_error_says_what_to_do(data):
    with pytest.raises(VaultRefused) as refused:
        Vault("--data", data / "vault", environment={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"})
    assert "passphrase" in str(refused.value).lower(), "the way that is left is named"


def test_a_second_process_is_told_who_holds_the_vault(start, data):
    first = opened(start, data)
    with pytest.raises(VaultRefused) as refused:
        Vault(*options(data))
    assert str(first.process.pid) in str(refused.value), "the error names the holder"
    first.stop(signal.SIGKILL)
    opened(start, data)


@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten"])
def test_a_damaged_store_is_refused_and_left_as_it_is(start, data, damage):
    vault = opened(start, data)
    for number in range(30):
        vault.client().create_secret(Name=f"n{number}", SecretString="fake" * 2000)
    vault.stop()
    store = max((path for path in (data / "vault").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = store.read_bytes()
    broken = {
        "truncated": content[: len(content) // 2],
        "emptied": b"",
        "overwritten": b"not a vault" * (len(content) // 11),
    }
    store.write_bytes(broken[damage])
    with pytest.raises(VaultRefused) as refused:
        Vault(*options(data))
    assert str(data / "vault") in str(refused.value), "the error says which vault"
    assert store.read_bytes() == broken[damage], "what may still be saved is not overwritten"


def test_given_credentials_are_not_told_again(start, data):
    vault = opened(start, data)
    assert vault.ready["access_key_id"] == "AKIAFAKEFAKEFAKE0001"
    assert "secret_access_key" not in vault.ready
    assert vault.ready["account"] == "123456789012"
    assert vault.ready["region"] == "us-east-1"


def test_credentials_can_come_from_the_environment(start):
    variables = {
        "LATCHKEY_VAULT_ACCESS_KEY_ID": "AKIAFAKEFAKEFAKE0002",
        "LATCHKEY_VAULT_SECRET_ACCESS_KEY": "fake-from-the-environment",
    }
    vault = start("--in-memory", environment=variables, credentials="fake-from-the-environment")
    assert "secret_access_key" not in vault.ready
    vault.client().create_secret(Name="a", SecretString="fake")


def test_account_and_region_are_those_that_were_asked_for(start):
    vault = start("--in-memory", "--account", "210987654321", "--region", "eu-central-1")
    assert (vault.ready["account"], vault.ready["region"]) == ("210987654321", "eu-central-1")
    arn = vault.client("eu-central-1").create_secret(Name="a", SecretString="fake")["ARN"]
    assert arn.startswith("arn:aws:secretsmanager:eu-central-1:210987654321:secret:a-")


def test_regions_of_one_vault_are_apart(start):
    vault = start("--in-memory")
    virginia, frankfurt = vault.client("us-east-1"), vault.client("eu-central-1")
    virginia.create_secret(Name="same", SecretString="fake of Virginia")
    frankfurt.create_secret(Name="same", SecretString="fake of Frankfurt")
    assert virginia.get_secret_value(SecretId="same")["SecretString"] == "fake of Virginia"
    assert frankfurt.get_secret_value(SecretId="same")["SecretString"] == "fake of Frankfurt"
    assert "eu-central-1" in frankfurt.describe_secret(SecretId="same")["ARN"]
    assert len(virginia.list_secrets()["SecretList"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [("--in-memory", "--data", "x"), ("--in-memory", "--account", "12"), ("--in-memory", "--colour", "red")],
)
def test_a_mistake_in_the_arguments_is_told(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(VaultRefused) as refused:
        Vault(*arguments)
    assert refused.value.code not in (0, 101), "told, not panicked"
    assert str(refused.value).strip()
    assert not list(tmp_path.iterdir())
