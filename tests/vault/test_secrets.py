"""The life of a secret, through boto3: what AWS answers is what the vault answers."""

import re
import uuid

import pytest
from botocore.exceptions import ClientError

NAME_RULE = (
    "Invalid name. Must be a valid name containing alphanumeric characters, "
    "or any of the following: -/_+=.@!"
)


def refused(call, code, message=None, status=400, **arguments):
    """Calls, and expects this error to the letter."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert raised.value.response["ResponseMetadata"]["RequestId"], "every answer names its request"
    return error


def test_a_created_secret_is_read_by_its_name_and_both_forms_of_its_arn(secrets, region):
    created = secrets.create_secret(Name="app/db", SecretString="fake-1", Description="Main database")
    assert re.fullmatch(rf"arn:aws:secretsmanager:{region}:123456789012:secret:app/db-[A-Za-z0-9]{{6}}", created["ARN"])
    assert created["Name"] == "app/db"
    for secret_id in ("app/db", created["ARN"], created["ARN"][:-7]):
        value = secrets.get_secret_value(SecretId=secret_id)
        assert value["SecretString"] == "fake-1"
        assert value["VersionId"] == created["VersionId"]
        assert value["VersionStages"] == ["AWSCURRENT"]


def test_only_fields_that_have_a_value_are_answered(secrets):
    secrets.create_secret(Name="bare", Description="")
    described = secrets.describe_secret(SecretId="bare")
    described.pop("ResponseMetadata")
    assert set(described) == {"ARN", "Name", "LastChangedDate", "CreatedDate"}, "no empty member is sent"
    listed = secrets.list_secrets()["SecretList"][0]
    assert set(listed) == {"ARN", "Name", "LastChangedDate", "CreatedDate"}


def test_a_secret_without_a_value_has_no_version(secrets):
    created = secrets.create_secret(Name="empty")
    assert "VersionId" not in created
    refused(
        secrets.get_secret_value,
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        SecretId="empty",
    )


def test_binary_values_come_back_byte_for_byte(secrets):
    value = bytes(range(256))
    secrets.create_secret(Name="key", SecretBinary=value)
    answer = secrets.get_secret_value(SecretId="key")
    assert answer["SecretBinary"] == value
    assert "SecretString" not in answer


@pytest.mark.parametrize("value", ["a\0b", "🔑 ключ مفتاح", "‮gnp.exe", "<script>alert(1)</script>", "\r\n\t"])
def test_text_comes_back_as_it_was_sent(secrets, value):
    secrets.create_secret(Name="text", SecretString=value, Description="fake")
    assert secrets.get_secret_value(SecretId="text")["SecretString"] == value


def test_65536_bytes_are_kept_and_one_more_is_refused(secrets):
    largest = "é" * 32_768
    secrets.create_secret(Name="large", SecretString=largest)
    assert secrets.get_secret_value(SecretId="large")["SecretString"] == largest
    refused(secrets.put_secret_value, "ValidationException", SecretId="large", SecretString="a" * 65_537)
    refused(secrets.put_secret_value, "ValidationException", SecretId="large", SecretBinary=b"a" * 65_537)
    assert secrets.get_secret_value(SecretId="large")["SecretString"] == largest, "a refused put changes nothing"


@pytest.mark.parametrize("name", ["two words", " lead", "a*b", "a?", "a]", "a\\b", "ключ", "<script>"])
def test_a_name_outside_the_rule_is_refused_by_every_operation(secrets, name):
    refused(secrets.create_secret, "ValidationException", NAME_RULE, Name=name)
    calls = (secrets.describe_secret, secrets.get_secret_value, secrets.delete_secret, secrets.list_secret_version_ids)
    for call in calls:
        refused(call, "ValidationException", NAME_RULE, SecretId=name)


def test_an_unknown_secret_is_not_found(secrets):
    message = "Secrets Manager can't find the specified secret."
    for call in (secrets.describe_secret, secrets.get_secret_value, secrets.list_secret_version_ids):
        refused(call, "ResourceNotFoundException", message, SecretId="nowhere")


def test_a_taken_name_is_refused_and_a_repeated_request_is_not(secrets):
    token = str(uuid.uuid4())
    first = secrets.create_secret(Name="once", SecretString="fake", ClientRequestToken=token)
    again = secrets.create_secret(Name="once", SecretString="fake", ClientRequestToken=token)
    assert (again["ARN"], again["VersionId"]) == (first["ARN"], token)
    refused(
        secrets.create_secret,
        "ResourceExistsException",
        "The operation failed because the secret once already exists.",
        Name="once",
        SecretString="fake",
    )
    refused(
        secrets.create_secret,
        "ResourceExistsException",
        f"You can't use ClientRequestToken {token} because that value is already in use "
        f"for a version of secret {first['ARN']}.",
        Name="once",
        SecretString="other fake",
        ClientRequestToken=token,
    )


def test_a_repeated_put_changes_nothing_and_a_different_one_is_refused(secrets):
    arn = secrets.create_secret(Name="put", SecretString="fake-1")["ARN"]
    token = str(uuid.uuid4())
    for _ in range(2):
        answer = secrets.put_secret_value(SecretId="put", SecretString="fake-2", ClientRequestToken=token)
        assert (answer["VersionId"], answer["VersionStages"]) == (token, ["AWSCURRENT"])
    assert len(secrets.list_secret_version_ids(SecretId="put")["Versions"]) == 2
    refused(
        secrets.put_secret_value,
        "ResourceExistsException",
        f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}.",
        SecretId="put",
        SecretString="fake-3",
        ClientRequestToken=token,
    )


def test_an_update_of_the_description_makes_no_version(secrets):
    created = secrets.create_secret(Name="described", SecretString="fake")
    answer = secrets.update_secret(SecretId="described", Description="Says more")
    assert "VersionId" not in answer
    described = secrets.describe_secret(SecretId="described")
    assert described["Description"] == "Says more"
    assert described["VersionIdsToStages"] == {created["VersionId"]: ["AWSCURRENT"]}
    assert secrets.update_secret(SecretId="described", SecretString="fake")["VersionId"] != created["VersionId"]


def test_a_reading_is_remembered_by_its_day(secrets):
    secrets.create_secret(Name="read", SecretString="fake")
    assert "LastAccessedDate" not in secrets.describe_secret(SecretId="read")
    secrets.get_secret_value(SecretId="read")
    read = secrets.describe_secret(SecretId="read")["LastAccessedDate"]
    assert read.timestamp() % 86_400 == 0, "AWS keeps the UTC day, not the hour"


def test_tags_are_added_replaced_and_removed(secrets):
    secrets.create_secret(Name="tagged", SecretString="fake")
    assert "Tags" not in secrets.describe_secret(SecretId="tagged")
    secrets.tag_resource(SecretId="tagged", Tags=[{"Key": "team", "Value": "ops"}, {"Key": "env", "Value": "prod"}])
    secrets.tag_resource(SecretId="tagged", Tags=[{"Key": "team", "Value": "payments"}])
    tags = {tag["Key"]: tag["Value"] for tag in secrets.describe_secret(SecretId="tagged")["Tags"]}
    assert tags == {"team": "payments", "env": "prod"}
    secrets.untag_resource(SecretId="tagged", TagKeys=["team", "env", "never-there"])
    assert secrets.describe_secret(SecretId="tagged")["Tags"] == [], "AWS answers an empty list after the last tag"


def test_a_deleted_secret_waits_30_days_and_can_be_restored(secrets):
    secrets.create_secret(Name="gone", SecretString="fake")
    answer = secrets.delete_secret(SecretId="gone")
    described = secrets.describe_secret(SecretId="gone")
    window = answer["DeletionDate"] - described["DeletedDate"]
    assert round(window.total_seconds() / 86_400) == 30, "from when it was asked for to when it happens"
    marked = "You can't perform this operation on the secret because it was marked for deletion."
    refused(secrets.get_secret_value, "InvalidRequestException", marked, SecretId="gone")
    refused(secrets.put_secret_value, "InvalidRequestException", marked, SecretId="gone", SecretString="fake")
    refused(secrets.tag_resource, "InvalidRequestException", marked, SecretId="gone", Tags=[{"Key": "a", "Value": "b"}])
    refused(
        secrets.create_secret,
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
        Name="gone",
    )
    assert secrets.restore_secret(SecretId="gone")["Name"] == "gone"
    assert secrets.get_secret_value(SecretId="gone")["SecretString"] == "fake"
    assert "DeletedDate" not in secrets.describe_secret(SecretId="gone")


def test_deletion_without_recovery_is_final_and_frees_the_name(secrets):
    first = secrets.create_secret(Name="forced", SecretString="fake-1")["ARN"]
    secrets.delete_secret(SecretId="forced", ForceDeleteWithoutRecovery=True)
    refused(secrets.describe_secret, "ResourceNotFoundException", SecretId="forced")
    second = secrets.create_secret(Name="forced", SecretString="fake-2")["ARN"]
    assert first != second, "a recreated name is another secret"
    missing = secrets.delete_secret(SecretId="never-there", ForceDeleteWithoutRecovery=True)
    assert missing["Name"] == "never-there", "AWS answers success for a secret that is not there"
    refused(secrets.delete_secret, "ResourceNotFoundException", SecretId="never-there")


@pytest.mark.parametrize("days", [0, 6, 31])
def test_a_recovery_window_is_7_to_30_days(secrets, days):
    secrets.create_secret(Name="window", SecretString="fake")
    refused(
        secrets.delete_secret,
        "InvalidParameterException",
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        SecretId="window",
        RecoveryWindowInDays=days,
    )


def test_a_window_and_no_recovery_exclude_each_other(secrets):
    secrets.create_secret(Name="both", SecretString="fake")
    refused(
        secrets.delete_secret,
        "InvalidParameterException",
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        SecretId="both",
        RecoveryWindowInDays=7,
        ForceDeleteWithoutRecovery=True,
    )


def test_several_values_are_read_at_once_with_an_error_for_each_that_cannot_be(secrets):
    for name in ("batch/a", "batch/b"):
        secrets.create_secret(Name=name, SecretString=f"fake {name}")
    answer = secrets.batch_get_secret_value(SecretIdList=["batch/a", "batch/b", "batch/none"])
    values = {value["Name"]: value["SecretString"] for value in answer["SecretValues"]}
    assert values == {"batch/a": "fake batch/a", "batch/b": "fake batch/b"}
    assert [error["SecretId"] for error in answer["Errors"]] == ["batch/none"]
    assert answer["Errors"][0]["ErrorCode"] == "ResourceNotFoundException"
    filtered = secrets.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["batch/a"]}])
    assert [value["Name"] for value in filtered["SecretValues"]] == ["batch/a"]


def test_a_random_password_keeps_what_was_asked_for(secrets):
    def password(**options):
        return secrets.get_random_password(**options)["RandomPassword"]

    assert len(password()) == 32
    plain = password(PasswordLength=120, ExcludePunctuation=True, ExcludeCharacters="abcABC123")
    assert re.fullmatch(r"[d-zD-Z04-9]{120}", plain)
    assert re.fullmatch(r"[0-9]{200}", password(
        PasswordLength=200, ExcludeLowercase=True, ExcludeUppercase=True, ExcludePunctuation=True,
    ))
    assert " " in password(PasswordLength=4096, IncludeSpace=True)
    assert password(PasswordLength=64) != password(PasswordLength=64)
    for _ in range(50):
        mixed = password(PasswordLength=4)
        kinds = [re.search(kind, mixed) for kind in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")]
        assert all(kinds), "each included type is there by default"
    refused(secrets.get_random_password, "InvalidParameterException", PasswordLength=3)


def test_an_operation_of_a_later_day_says_that_it_is_not_there_yet(secrets):
    secrets.create_secret(Name="later", SecretString="fake")
    error = refused(secrets.get_resource_policy, "NotImplementedException", status=501, SecretId="later")
    assert "GetResourcePolicy" in error["Message"]
