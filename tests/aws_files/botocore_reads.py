"""Says what botocore reads of AWS configuration files: profiles, values, and whose credentials each profile gives.

Standard input is a list of cases in JSON: the two files in base64, or null where there is none. The answer is a list with
one object for each case. Nothing is sent, and no file of a person is read.
"""

import base64
import configparser
import json
import os
import sys
import tempfile
from pathlib import Path

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
FOLDER = tempfile.TemporaryDirectory()
# A profile that reads below the home finds nothing there.
os.environ["HOME"] = FOLDER.name
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

import botocore.credentials  # noqa: E402
import botocore.session  # noqa: E402
from botocore.configloader import load_config, raw_config_parse  # noqa: E402
from botocore.exceptions import ConfigNotFound, ConfigParseError  # noqa: E402

# The ones that look at a profile; behind them come those that look at the machine.
OF_PROFILES = {
    "assume-role",
    "assume-role-with-web-identity",
    "sso",
    "shared-credentials-file",
    "login",
    "custom-process",
    "config-file",
}


def failure(error):
    """Why a whole file is refused, with the lines that the parser names."""
    cause = error.kwargs["error"]
    if isinstance(cause, configparser.ParsingError) and getattr(cause, "errors", None):
        lines = [line for line, _ in cause.errors]
    else:
        lines = [cause.lineno] if getattr(cause, "lineno", None) else []
    return {"kind": type(cause).__name__, "lines": lines}


def refusals(config, credentials):
    found = {}
    for name, read, path in (("config", load_config, config), ("credentials", raw_config_parse, credentials)):
        try:
            read(str(path))
        except ConfigNotFound:
            pass
        except ConfigParseError as error:
            found[name] = failure(error)
    return found


def session_of(config, credentials, profile=None):
    session = botocore.session.Session(profile=profile)
    session.set_config_variable("config_file", str(config))
    session.set_config_variable("credentials_file", str(credentials))
    return session


def identity(config, credentials, profile):
    """How a profile comes to credentials, and to which key where that takes no request."""
    resolver = botocore.credentials.create_credential_resolver(session_of(config, credentials, profile))
    for provider in resolver.providers:
        if provider.METHOD not in OF_PROFILES:
            continue
        try:
            given = provider.load()
        except Exception as error:  # noqa: BLE001: each kind of failure is an answer
            return {"method": provider.METHOD, "error": type(error).__name__}
        if given is not None:
            asked_later = isinstance(given, botocore.credentials.DeferredRefreshableCredentials)
            return {"method": given.method, "key": None if asked_later else given.access_key}
    return None


def read(case, folder):
    paths = []
    for name in ("config", "credentials"):
        path = folder / name
        path.unlink(missing_ok=True)
        if case.get(name) is not None:
            path.write_bytes(base64.b64decode(case[name]))
        paths.append(path)
    refused = refusals(*paths)
    if refused:
        return {"refused": refused}
    full = session_of(*paths).full_config
    answer = {kind: full.get(kind, {}) for kind in ("profiles", "sso_sessions", "services")}
    if case.get("identities"):
        answer["identities"] = {name: identity(*paths, name) for name in full["profiles"]}
    return answer


def main():
    cases = json.load(sys.stdin)
    with FOLDER as folder:
        json.dump([read(case, Path(folder)) for case in cases], sys.stdout)


main()
