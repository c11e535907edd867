"""The packages that `scripts/bundle` made, and the .deb laid out in a folder as on a system."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BUNDLE = TARGET / "release" / "bundle"


def run(*command, **options):
    """What a program prints; it fails with what it said."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def version():
    """What Cargo.toml says."""
    metadata = json.loads(run("cargo", "metadata", "--locked", "--no-deps", "--format-version=1", cwd=ROOT))
    return next(package["version"] for package in metadata["packages"] if package["name"] == "latchkey")


@pytest.fixture(scope="session")
def deb(version):
    return only(BUNDLE / "deb", f"Latchkey_{version}_*.deb")


@pytest.fixture(scope="session")
def rpm(version):
    return only(BUNDLE / "rpm", f"Latchkey-{version}-*.rpm")


@pytest.fixture(scope="session")
def installed(deb, tmp_path_factory):
    """The root folder of a system that has the package and nothing else."""
    root = tmp_path_factory.mktemp("root")
    run("dpkg", "--extract", deb, root)
    return root


@pytest.fixture
def surroundings(tmp_path):
    """An environment in which the program finds nothing, and keeps what it writes below `tmp_path`."""
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**os.environ, **nothing, "LATCHKEY_HOME": str(tmp_path / "home")}


@pytest.fixture
def listener():
    """A port of this machine that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


def compiled_in():
    """The crates of others that are in the window or in the front end, by name and version."""
    tree = ("cargo", "tree", "--locked", "--edges=normal,no-proc-macro", "--prefix=none", "--format={p}")
    window = run(*tree, "--package=latchkey", cwd=ROOT)
    front_end = run(*tree, "--package=latchkey-ui", "--target=wasm32-unknown-unknown", cwd=ROOT)
    lines = [line.split() for line in {*window.splitlines(), *front_end.splitlines()}]
    return {(name, number.removeprefix("v")) for name, number, *more in lines if not any(map(is_path, more))}


def is_path(word):
    return word.startswith("(/")


def only(folder, pattern):
    found = list(folder.glob(pattern))
    assert len(found) == 1, f"{pattern} in {folder}: {found}; `scripts/bundle` makes it"
    return found[0]
