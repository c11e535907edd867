"""What the packages hold, say of themselves and weigh."""

import hashlib
import re
import shutil

from conftest import ROOT, compiled_in, run

MEGABYTE = 1_000_000
PROGRAM = "usr/bin/latchkey"
ENTRY = "usr/share/applications/Latchkey.desktop"
ICONS = "usr/share/icons/hicolor"
NOTICES = "usr/share/doc/latchkey"


def files_below(root):
    return {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}


def field(deb, name):
    return run("dpkg-deb", "--field", deb, name).strip()


def test_the_packages_and_the_program_keep_to_their_size(deb, rpm, installed):
    assert deb.stat().st_size <= 12 * MEGABYTE
    assert rpm.stat().st_size <= 12 * MEGABYTE
    assert (installed / PROGRAM).stat().st_size <= 25 * MEGABYTE


def test_the_packages_have_the_version_of_the_sources(deb, rpm, version):
    assert field(deb, "Version") == version
    assert run("rpm", "--query", "--package", rpm, "--queryformat", "%{VERSION}") == version


def test_the_package_says_what_it_is(deb):
    assert field(deb, "Package") == "latchkey"
    assert field(deb, "Section") == "admin"
    assert field(deb, "Description").startswith("A desktop console for AWS Secrets Manager\n")


def test_the_package_holds_these_files_and_no_others(installed):
    sizes = ("32x32", "64x64", "128x128", "256x256", "512x512")
    assert set(files_below(installed)) == {
        PROGRAM,
        ENTRY,
        *(f"{ICONS}/{size}/apps/latchkey.png" for size in sizes),
        f"{ICONS}/scalable/apps/latchkey.svg",
        f"{NOTICES}/copyright",
        f"{NOTICES}/licences.txt",
        "usr/share/metainfo/dev.latchkey.console.metainfo.xml",
    }


def test_what_is_installed_belongs_to_root_and_nobody_else_may_write_it(deb):
    for line in run("dpkg-deb", "--contents", deb).splitlines():
        mode, owner, *_, path = line.split()
        wanted = "drwxr-xr-x" if mode.startswith("d") else "-rwxr-xr-x" if path.endswith(PROGRAM) else "-rw-r--r--"
        assert mode == wanted and owner in ("0/0", "root/root"), path


def test_the_desktop_finds_the_program_and_its_icon(installed):
    run("desktop-file-validate", installed / ENTRY)
    run("appstreamcli", "validate", "--no-net", installed / "usr/share/metainfo/dev.latchkey.console.metainfo.xml")
    entry = dict(line.split("=", 1) for line in (installed / ENTRY).read_text().splitlines() if "=" in line)
    assert shutil.which(entry["Exec"].split()[0], path=installed / "usr/bin") == str(installed / PROGRAM)
    assert entry["Icon"] == "latchkey"
    assert entry["Categories"] == "Development;"


def test_the_package_names_what_the_program_is_linked_against(deb, installed, tmp_path):
    """Debian's own tool says what that is; a library may have another name in the transition to 64-bit times."""
    (tmp_path / "debian").mkdir()
    (tmp_path / "debian/control").write_text("Source: latchkey\n\nPackage: latchkey\nArchitecture: any\n")
    told = run("dpkg-shlibdeps", "-O", installed / PROGRAM, cwd=tmp_path).strip().removeprefix("shlibs:Depends=")

    def names(dependencies):
        return {re.match(r"[a-z0-9.+-]+?(?=t64\b|[ ,]|$)", each.strip()).group() for each in dependencies.split(",")}

    assert names(told) <= names(field(deb, "Depends"))


def test_the_licences_of_all_that_is_compiled_in_come_along(installed):
    notices = (installed / NOTICES / "licences.txt").read_text()
    for own in ("LICENSE-MIT", "LICENSE-APACHE", "assets/fonts/inter-LICENSE.txt", "assets/icons/lucide-LICENSE.txt"):
        assert (ROOT / own).read_text().strip() in notices
    for name, version in compiled_in():
        assert f"\n{name} {version}: " in notices, name


def test_the_rpm_holds_the_same_files(rpm, installed):
    told = "[%{FILEMODES:perms} %{FILESIZES} %{FILEDIGESTS} %{FILENAMES}\n]"
    listed = run("rpm", "--query", "--package", rpm, "--queryformat", told).splitlines()
    files = {path.removeprefix("/"): about for *about, path in map(str.split, listed) if about[0].startswith("-")}
    expected = {
        path: ["-rw-r--r--", str(file.stat().st_size), hashlib.sha256(file.read_bytes()).hexdigest()]
        for path, file in files_below(installed).items()
    }
    # Tauri writes into the program by which package it came, and changes nothing else of it.
    of_deb, of_rpm = expected.pop(PROGRAM), files.pop(PROGRAM)
    assert of_rpm[:2] == ["-rwxr-xr-x", of_deb[1]]
    assert files == expected
