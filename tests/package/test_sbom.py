"""The software bill of materials beside the packages: CycloneDX 1.5, and all that is compiled in."""

import json
import re
import tomllib
from collections import Counter

import pytest
from conftest import BUNDLE, ROOT, compiled_in, only

NOTICES = "usr/share/doc/latchkey/licences.txt"
# What the schema of CycloneDX 1.5 allows as type of a component, and for an expression of SPDX.
TYPES = {
    "application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
    "firmware", "file", "machine-learning-model", "data",
}  # fmt: skip
EXPRESSION = re.compile(r"\(?[A-Za-z0-9.+-]+\)?( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*")
PURL = re.compile(r"pkg:cargo/[A-Za-z0-9_-]+@\d+\.\d+\.\d+([A-Za-z0-9.-]|%2B)*")


@pytest.fixture(scope="module")
def bom(version):
    return json.loads(only(BUNDLE, f"latchkey-{version}-*.cdx.json").read_text())


@pytest.fixture(scope="module")
def locked():
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    return {(package["name"], package["version"]): package.get("checksum") for package in packages}


def is_own(component):
    return component["name"].startswith("latchkey")


def test_it_has_the_form_of_cyclonedx(bom, version):
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["specVersion"] == "1.5"
    assert bom["version"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bom["metadata"]["timestamp"])
    program = bom["metadata"]["component"]
    assert (program["type"], program["name"], program["version"]) == ("application", "latchkey", version)
    for component in bom["components"]:
        name = component["name"]
        assert component["type"] in TYPES and component["bom-ref"], name
        for licence in component["licenses"]:
            assert licence.get("license", {}).get("id") or EXPRESSION.fullmatch(licence["expression"]), name
        for found in component.get("hashes", []):
            assert found["alg"] == "SHA-256" and re.fullmatch("[0-9a-f]{64}", found["content"]), name


def test_every_crate_of_others_has_its_package_url_and_the_hash_that_is_locked(bom, locked):
    crates = [component for component in bom["components"] if component["type"] == "library" and not is_own(component)]
    assert len(crates) > 100
    for crate in crates:
        name, version = crate["name"], crate["version"]
        assert PURL.fullmatch(crate["purl"]), crate["purl"]
        assert crate["purl"] == f"pkg:cargo/{name}@{version.replace('+', '%2B')}"
        assert crate["hashes"] == [{"alg": "SHA-256", "content": locked[name, version]}], name


def test_it_names_what_the_notices_name_and_nothing_else(bom, installed):
    listed = re.findall(r"^(\S+) (\d+\.\d+\.\d+\S*): ", (installed / NOTICES).read_text(), re.MULTILINE)
    crates = {(component["name"], component.get("version")) for component in bom["components"]}
    ours = {(component["name"], component.get("version")) for component in bom["components"] if is_own(component)}
    others = {(name, None) for name in ("Inter", "JetBrains Mono", "Lucide")}
    assert others <= crates and {name for name, _ in ours} >= {"latchkey-domain", "latchkey-ui", "latchkey-vault"}
    assert crates - ours - others == set(listed)
    assert set(listed) == compiled_in(), "what only builds or tests it is in no program"


def test_every_dependency_leads_to_a_component(bom):
    program = bom["metadata"]["component"]["bom-ref"]
    named = Counter([program, *(component["bom-ref"] for component in bom["components"])])
    assert max(named.values()) == 1, "each has a name of its own"
    needs = {entry["ref"]: entry["dependsOn"] for entry in bom["dependencies"]}
    assert len(needs) == len(bom["dependencies"])
    assert all(ref in named for entry in needs.values() for ref in entry) and set(needs) <= set(named)
    reached, waiting = set(), [program]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += needs.get(ref, [])
    assert reached == set(named), "the program needs each of them"
