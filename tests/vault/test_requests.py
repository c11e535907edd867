"""What comes in over the port: signatures, bodies and browsers."""

import datetime
import http.client
import json
import socket
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import VaultRefused
from test_secrets import refused

SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def signed(vault, operation="ListSecrets", body=b"{}", service="secretsmanager", at=None):
    """The headers that botocore signs this body with."""
    request = AWSRequest(
        method="POST",
        url=vault.endpoint,
        data=body,
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"secretsmanager.{operation}"},
    )
    credentials = Credentials(vault.access_key_id, vault.secret_access_key)
    with pytest.MonkeyPatch.context() as patch:
        if at is not None:
            patch.setattr(botocore.auth, "get_current_datetime", lambda **_: at)
        botocore.auth.SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return dict(request.headers)


def send(vault, headers, body=b"{}", method="POST", path="/"):
    """Sends exactly this; answers the status, the error's type and its text."""
    connection = http.client.HTTPConnection(urlsplit(vault.endpoint).netloc, timeout=10)
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    answer = json.loads(text) if text else {}
    assert response.headers["x-amzn-RequestId"], "every answer names its request"
    return response.status, answer.get("__type"), answer.get("message") or answer.get("Message")


def test_a_signed_request_is_answered(shared_vault):
    assert send(shared_vault, signed(shared_vault))[0] == 200


def test_an_unsigned_request_is_refused(shared_vault):
    headers = signed(shared_vault)
    del headers["Authorization"]
    answer = send(shared_vault, headers)
    assert answer == (400, "MissingAuthenticationTokenException", "Missing Authentication Token")


def test_a_malformed_signature_is_refused(shared_vault):
    headers = {**signed(shared_vault), "Authorization": "AWS4-HMAC-SHA256 Credential=fake"}
    assert send(shared_vault, headers)[:2] == (400, "IncompleteSignatureException")


def test_a_changed_body_is_refused(shared_vault):
    answer = send(shared_vault, signed(shared_vault), body=b'{"MaxResults":1}')
    assert answer == (400, "InvalidSignatureException", SIGNATURE)


def test_a_changed_operation_is_refused(shared_vault):
    headers = {**signed(shared_vault), "X-Amz-Target": "secretsmanager.GetSecretValue"}
    assert send(shared_vault, headers) == (400, "InvalidSignatureException", SIGNATURE)


def test_a_wrong_key_is_refused(shared_vault):
    client = shared_vault.client(aws_secret_access_key="fake-but-wrong")
    refused(client.list_secrets, "InvalidSignatureException", SIGNATURE)


def test_an_unknown_key_or_session_is_refused(shared_vault):
    message = "The security token included in the request is invalid."
    unknown = shared_vault.client(aws_access_key_id="AKIAFAKEFAKEFAKE0000")
    refused(unknown.list_secrets, "UnrecognizedClientException", message)
    session = shared_vault.client(aws_session_token="fake-session")
    refused(session.list_secrets, "UnrecognizedClientException", message)


@pytest.mark.parametrize(("minutes", "words"), [(-16, "Signature expired: "), (16, "Signature not yet current: ")])
def test_a_request_of_another_time_is_refused(shared_vault, minutes, words):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    headers = signed(shared_vault, at=now + datetime.timedelta(minutes=minutes))
    status, kind, message = send(shared_vault, headers)
    assert (status, kind) == (400, "InvalidSignatureException")
    assert message.startswith(words)
    near = signed(shared_vault, at=now + datetime.timedelta(minutes=minutes * 14 / 16))
    assert send(shared_vault, near)[0] == 200, "14 minutes are within the tolerance"


def test_a_signature_for_another_service_is_refused(shared_vault):
    answer = send(shared_vault, signed(shared_vault, service="s3"))
    words = "Credential should be scoped to correct service: 'secretsmanager'."
    assert answer == (400, "InvalidSignatureException", words)


def test_an_unknown_operation_is_named_so(shared_vault):
    assert send(shared_vault, signed(shared_vault, "ReadEverything"))[:2] == (400, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"SecretId":', b'{"SecretId":7}', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_the_request_is_refused(shared_vault, body):
    answer = send(shared_vault, signed(shared_vault, "DescribeSecret", body), body=body)
    assert answer[0] == 400
    assert answer[1] in ("SerializationException", "ValidationException")


def test_a_body_above_one_mebibyte_is_refused(shared_vault):
    body = json.dumps({"Name": "big", "SecretString": "a" * 1_100_000}).encode()
    status = None
    try:
        status = send(shared_vault, signed(shared_vault, "CreateSecret", body), body=body)[0]
    except (BrokenPipeError, ConnectionResetError):
        pass  # The vault may hang up before it has read what it does not want.
    assert status in (None, 400, 413)
    assert send(shared_vault, signed(shared_vault))[0] == 200, "the vault goes on"


@pytest.mark.parametrize("operation", ["CreateSecret", "PutSecretValue", "UpdateSecret"])
def test_a_write_without_a_token_is_refused(shared_vault, operation):
    body = json.dumps({"Name" if operation == "CreateSecret" else "SecretId": "x", "SecretString": "fake"}).encode()
    answer = send(shared_vault, signed(shared_vault, operation, body), body=body)
    words = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
    assert answer == (400, "InvalidRequestException", words), "even where the secret does not exist"


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Host": "rebound.example.com"},
        {"Host": "127.0.0.1.example.com"},
    ],
)
def test_a_page_in_a_browser_is_turned_away(shared_vault, header):
    assert send(shared_vault, {**signed(shared_vault), **header})[0] == 403


@pytest.mark.parametrize("host", ["localhost", "[::1]:1", "127.0.0.1:80"])
def test_the_names_of_this_machine_are_served(shared_vault, host):
    headers = {key: value for key, value in signed(shared_vault).items() if key != "Authorization"}
    assert send(shared_vault, {**headers, "Host": host})[0] == 400, "as far as the missing signature, not 403"


def test_only_posts_to_the_root_are_served(shared_vault):
    for method, path in [("GET", "/"), ("PUT", "/"), ("POST", "/elsewhere")]:
        assert 400 <= send(shared_vault, signed(shared_vault), method=method, path=path)[0] < 500


def test_too_many_connections_do_not_stop_the_vault(start):
    vault = start("--in-memory")
    address = urlsplit(vault.endpoint)
    held = []
    try:
        for _ in range(600):
            held.append(socket.create_connection((address.hostname, address.port), timeout=5))
    finally:
        for connection in held:
            connection.close()
    assert send(vault, signed(vault))[0] == 200, "the vault serves again once the others have gone"


def test_it_listens_on_loopback_only(start):
    vault = start("--in-memory")
    assert urlsplit(vault.endpoint).hostname == "127.0.0.1"
    with pytest.raises(VaultRefused):
        start("--in-memory", "--listen", "0.0.0.0:0")
