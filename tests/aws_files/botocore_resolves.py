"""Says where botocore sends the requests of a profile, and who signs them.

Standard input is a list of cases in JSON: the variables of the environment, the text of the configuration file and the
name of a profile. The answer is a list with one object for each case. Nothing is sent: each request is stopped on its way.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
FOLDER = tempfile.TemporaryDirectory()
os.environ["HOME"] = FOLDER.name
# It would count after `ca_bundle`.
os.environ.pop("REQUESTS_CA_BUNDLE", None)

import botocore.session  # noqa: E402
from botocore.loaders import create_loader  # noqa: E402

LOADER = create_loader()
OPERATIONS = {
    "secretsmanager": ("list_secrets", {}),
    "sts": ("get_caller_identity", {}),
    "iam": ("list_account_aliases", {}),
    "sso": ("get_role_credentials", {"roleName": "fake", "accountId": "111111111111", "accessToken": "fake"}),
    "sso-oidc": ("create_token", {"clientId": "fake", "clientSecret": "fake", "grantType": "refresh_token"}),
}


class Stopped(Exception):
    """The request stands as it would be sent."""

    def __init__(self, request):
        super().__init__("stopped")
        self.request = request


def stop(request, **_):
    raise Stopped(request)


def asked(session, service):
    operation, parameters = OPERATIONS[service]
    try:
        client = session.create_client(service)
        client.meta.events.register("before-send", stop)
        getattr(client, operation)(**parameters)
    except Stopped as stopped:
        request = stopped.request
        url = urlsplit(request.url)
        authorization = request.headers.get("Authorization", b"")
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        credential = text.split("Credential=")[1].split("/") if "Credential=" in text else [None] * 3
        verify = client._endpoint.http_session._verify
        return {
            "url": f"{url.scheme}://{url.netloc}",
            "region": client.meta.region_name,
            "signer": credential[0],
            "signed_for": credential[2],
            "certificates": verify if isinstance(verify, str) else None,
        }
    except Exception as error:  # noqa: BLE001: each kind of failure is an answer
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": "nothing was sent"}


def resolve(case, config):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(case["environment"], AWS_EC2_METADATA_DISABLED="true")
    config.write_text(case["config"])
    session = botocore.session.Session(profile=case["profile"])
    session.register_component("data_loader", LOADER)
    session.set_config_variable("config_file", str(config))
    session.set_config_variable("credentials_file", str(config.parent / "none"))
    return {service: asked(session, service) for service in OPERATIONS}


def main():
    cases = json.load(sys.stdin)
    with FOLDER as folder:
        json.dump([resolve(case, Path(folder) / "config") for case in cases], sys.stdout)


main()
