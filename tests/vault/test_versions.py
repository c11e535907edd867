"""Versions and their labels, through boto3."""

import pytest
from test_secrets import refused


def put(secrets, name, value, stages=("AWSCURRENT",)):
    return secrets.put_secret_value(SecretId=name, SecretString=value, VersionStages=list(stages))["VersionId"]


def stages(secrets, name):
    """Labels by version, as sets: AWS promises no order."""
    described = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    return {version: set(labels) for version, labels in described.items()}


def test_a_put_moves_current_and_previous(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2")
    assert stages(secrets, "v") == {second: {"AWSCURRENT"}, first: {"AWSPREVIOUS"}}
    third = put(secrets, "v", "fake-3")
    assert stages(secrets, "v") == {third: {"AWSCURRENT"}, second: {"AWSPREVIOUS"}}
    listed = secrets.list_secret_version_ids(SecretId="v")["Versions"]
    assert {version["VersionId"] for version in listed} == {second, third}, "deprecated versions are not listed"
    listed = secrets.list_secret_version_ids(SecretId="v", IncludeDeprecated=True)["Versions"]
    deprecated = next(version for version in listed if version["VersionId"] == first)
    assert "VersionStages" not in deprecated
    assert deprecated["KmsKeyIds"] == ["DefaultEncryptionKey"]
    assert secrets.get_secret_value(SecretId="v", VersionId=first)["SecretString"] == "fake-1"


def test_a_version_is_read_by_label_and_by_id(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2", ["blue"])
    read = secrets.get_secret_value
    assert read(SecretId="v")["VersionId"] == first, "a put under another label leaves AWSCURRENT alone"
    assert read(SecretId="v", VersionStage="blue")["SecretString"] == "fake-2"
    assert read(SecretId="v", VersionId=second, VersionStage="blue")["SecretString"] == "fake-2"
    refused(
        read,
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
        SecretId="v",
        VersionId=first,
        VersionStage="blue",
    )
    prefix = "Secrets Manager can't find the specified secret value for "
    missing = "00000000-0000-0000-0000-000000000000"
    refused(read, "ResourceNotFoundException", prefix + "staging label: green", SecretId="v", VersionStage="green")
    refused(read, "ResourceNotFoundException", prefix + f"VersionId: {missing}", SecretId="v", VersionId=missing)


def test_a_label_is_taken_from_the_version_that_had_it(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2", ["blue"])
    third = put(secrets, "v", "fake-3", ["blue"])
    assert stages(secrets, "v") == {first: {"AWSCURRENT"}, third: {"blue"}}
    assert secrets.get_secret_value(SecretId="v", VersionId=second)["SecretString"] == "fake-2"


def test_a_rollback_keeps_custom_labels_and_leaves_previous_behind(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2", ["AWSCURRENT", "blue"])
    answer = secrets.update_secret_version_stage(
        SecretId="v", VersionStage="AWSCURRENT", MoveToVersionId=first, RemoveFromVersionId=second
    )
    assert set(answer) == {"ARN", "Name", "ResponseMetadata"}
    assert stages(secrets, "v") == {first: {"AWSCURRENT"}, second: {"AWSPREVIOUS", "blue"}}
    assert secrets.get_secret_value(SecretId="v")["SecretString"] == "fake-1"


def test_promoting_a_pending_version_leaves_it_pending(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2", ["AWSPENDING"])
    secrets.update_secret_version_stage(
        SecretId="v", VersionStage="AWSCURRENT", MoveToVersionId=second, RemoveFromVersionId=first
    )
    assert stages(secrets, "v") == {second: {"AWSCURRENT", "AWSPENDING"}, first: {"AWSPREVIOUS"}}
    third = put(secrets, "v", "fake-3")
    assert stages(secrets, "v") == {third: {"AWSCURRENT"}, second: {"AWSPREVIOUS"}}, "a put drops AWSPENDING"


def test_current_is_moved_only_away_from_where_it_is(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2", ["blue"])
    move = secrets.update_secret_version_stage
    refused(
        move,
        "InvalidParameterException",
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to "
        f"version {first}, so you must explicitly reference that version in RemoveFromVersionId.",
        SecretId="v",
        VersionStage="AWSCURRENT",
        MoveToVersionId=second,
    )
    refused(
        move,
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        SecretId="v",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=first,
    )
    with pytest.raises(secrets.exceptions.ClientError):
        move(SecretId="v", VersionStage="AWSCURRENT", MoveToVersionId=second, RemoveFromVersionId=second)
    assert stages(secrets, "v") == {first: {"AWSCURRENT"}, second: {"blue"}}, "a refused move changes nothing"


def test_a_label_can_be_detached_and_attached_again(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake-1")["VersionId"]
    second = put(secrets, "v", "fake-2", ["blue"])
    move = secrets.update_secret_version_stage
    move(SecretId="v", VersionStage="blue", RemoveFromVersionId=second)
    assert stages(secrets, "v") == {first: {"AWSCURRENT"}}
    move(SecretId="v", VersionStage="blue", MoveToVersionId=second)
    assert stages(secrets, "v") == {first: {"AWSCURRENT"}, second: {"blue"}}


def test_a_version_holds_20_labels(secrets):
    first = secrets.create_secret(Name="v", SecretString="fake")["VersionId"]
    for number in range(19):
        secrets.update_secret_version_stage(SecretId="v", VersionStage=f"label-{number}", MoveToVersionId=first)
    assert len(stages(secrets, "v")[first]) == 20
    refused(
        secrets.update_secret_version_stage,
        "LimitExceededException",
        SecretId="v",
        VersionStage="one-too-many",
        MoveToVersionId=first,
    )


def test_young_versions_are_kept_beyond_the_hundredth(secrets):
    secrets.create_secret(Name="v", SecretString="fake-0")
    for number in range(1, 105):
        put(secrets, "v", f"fake-{number}")
    versions, token = [], {}
    while True:
        page = secrets.list_secret_version_ids(SecretId="v", IncludeDeprecated=True, MaxResults=40, **token)
        versions += [version["VersionId"] for version in page["Versions"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(versions) == len(set(versions)) == 105, "nothing younger than a day is purged"
