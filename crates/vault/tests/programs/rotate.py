"""A rotation function as AWS's templates are, but without libraries: requests are signed by hand.

The "database" is the file that the first argument names: it holds the password that works.
"""

import datetime
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.request

ENDPOINT = os.environ["SECRETS_MANAGER_ENDPOINT"]
REGION = os.environ["AWS_REGION"]


class CallError(Exception):
    pass


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def call(operation, **request):
    body = json.dumps(request).encode()
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": ENDPOINT.removeprefix("http://"),
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
        "x-amz-target": f"secretsmanager.{operation}",
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = [now[:8], REGION, "secretsmanager", "aws4_request"]
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope:
        key = digest(key, part)
    signature = digest(key, f"AWS4-HMAC-SHA256\n{now}\n{'/'.join(scope)}\n{hashed}").hex()
    credential = "/".join([os.environ["AWS_ACCESS_KEY_ID"], *scope])
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    try:
        with urllib.request.urlopen(urllib.request.Request(ENDPOINT, body, headers)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise CallError(json.load(error)["__type"]) from None


def value(secret_id, **version):
    return json.loads(call("GetSecretValue", SecretId=secret_id, **version)["SecretString"])


def rotate(database, event):
    secret_id, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    stages = call("DescribeSecret", SecretId=secret_id)["VersionIdsToStages"]
    if "AWSPENDING" not in stages.get(token, []):
        raise CallError(f"version {token} is not pending")
    pending = {"VersionId": token, "VersionStage": "AWSPENDING"}
    if step == "createSecret":
        new = value(secret_id, VersionStage="AWSCURRENT")
        try:
            value(secret_id, **pending)
        except CallError as error:
            if str(error) != "ResourceNotFoundException":
                raise
            new["password"] = call("GetRandomPassword", ExcludeCharacters="/@\"'\\")["RandomPassword"]
            call(
                "PutSecretValue",
                SecretId=secret_id,
                ClientRequestToken=token,
                SecretString=json.dumps(new),
                VersionStages=["AWSPENDING"],
                RotationToken=event["RotationToken"],
            )
    elif step == "setSecret":
        with open(database, "w", encoding="utf-8") as file:
            file.write(value(secret_id, **pending)["password"])
    elif step == "testSecret":
        with open(database, encoding="utf-8") as file:
            if file.read() != value(secret_id, **pending)["password"]:
                raise CallError("the new password does not work")
    elif step == "finishSecret":
        current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        call(
            "UpdateSecretVersionStage",
            SecretId=secret_id,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )


rotate(sys.argv[1], json.load(sys.stdin))
