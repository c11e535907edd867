"""A rotation function for one PostgreSQL user, as it would run in AWS Lambda: `lambda_handler` and four steps.

It knows nothing of who calls it. The password of the user that the secret names is changed by that user itself.
"""

import json
import logging
import os

import boto3
import pg8000.native

logger = logging.getLogger()
logger.setLevel(logging.INFO)

REQUIRED = ("engine", "host", "username", "password")


def lambda_handler(event, context):
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])

    metadata = client.describe_secret(SecretId=arn)
    if "RotationEnabled" in metadata and not metadata["RotationEnabled"]:
        raise ValueError(f"Secret {arn} is not enabled for rotation")
    versions = metadata["VersionIdsToStages"]
    if token not in versions:
        raise ValueError(f"Secret version {token} has no stage for rotation of secret {arn}")
    if "AWSCURRENT" in versions[token]:
        logger.info("Secret version %s is already AWSCURRENT", token)
        return
    if "AWSPENDING" not in versions[token]:
        raise ValueError(f"Secret version {token} is not AWSPENDING for rotation of secret {arn}")

    steps = {
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
    }
    if step not in steps:
        raise ValueError(f"Invalid step {step} for secret {arn}")
    steps[step](client, arn, token)


def create_secret(client, arn, token):
    """Stores a new password under AWSPENDING, unless an earlier try has done so."""
    current = read(client, arn, "AWSCURRENT")
    try:
        read(client, arn, "AWSPENDING", token)
    except client.exceptions.ResourceNotFoundException:
        random = client.get_random_password(PasswordLength=32, ExcludeCharacters=":/@\"'\\")
        current["password"] = random["RandomPassword"]
        client.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps(current),
            VersionStages=["AWSPENDING"],
        )


def set_secret(client, arn, token):
    """Gives the user the pending password, logged in with whichever password still works."""
    pending = read(client, arn, "AWSPENDING", token)
    if (connection := connect(pending)) is not None:
        connection.close()
        return
    current = read(client, arn, "AWSCURRENT")
    for key in ("username", "host"):
        if current[key] != pending[key]:
            raise ValueError(f"Attempting to change the password at another {key} than the current one")
    connection = connect(current)
    if connection is None:
        try:
            connection = connect(read(client, arn, "AWSPREVIOUS"))
        except client.exceptions.ResourceNotFoundException:
            pass
    if connection is None:
        raise ValueError(f"Unable to log into database with previous, current, or pending secret of {arn}")
    user = pg8000.native.identifier(pending["username"])
    password = pg8000.native.literal(pending["password"])
    connection.run(f"ALTER USER {user} WITH PASSWORD {password}")
    connection.close()


def test_secret(client, arn, token):
    """Logs in with the pending password."""
    connection = connect(read(client, arn, "AWSPENDING", token))
    if connection is None:
        raise ValueError(f"Unable to log into database with pending secret of secret ARN {arn}")
    connection.run("SELECT NOW()")
    connection.close()


def finish_secret(client, arn, token):
    """Moves AWSCURRENT to the pending version."""
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )


def read(client, arn, stage, token=None):
    version = {"VersionId": token} if token else {}
    text = client.get_secret_value(SecretId=arn, VersionStage=stage, **version)["SecretString"]
    secret = json.loads(text)
    for key in REQUIRED:
        if key not in secret:
            raise KeyError(f"{key} key is missing from secret JSON")
    if secret["engine"] != "postgres":
        raise KeyError("Database engine must be set to 'postgres' in order to use this rotation lambda")
    return secret


def connect(secret):
    """A connection, or none where the password is refused or nobody answers."""
    try:
        return pg8000.native.Connection(
            secret["username"],
            host=secret["host"],
            port=int(secret.get("port", 5432)),
            database=secret.get("dbname", "postgres"),
            password=secret["password"],
            timeout=5,
        )
    except (pg8000.native.DatabaseError, pg8000.native.InterfaceError):
        return None
