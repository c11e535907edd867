"""One journey with the AWS CLI, typed as a person types it."""

import pytest
from conftest import AwsError


@pytest.fixture
def aws(shared_vault, region):
    return lambda *arguments: shared_vault.aws(*arguments, region=region)


def test_a_secret_is_created_changed_rolled_back_deleted_and_restored(aws):
    first = aws("create-secret", "--name", "app/db", "--secret-string", '{"password":"fake-1"}')["VersionId"]
    second = aws("put-secret-value", "--secret-id", "app/db", "--secret-string", '{"password":"fake-2"}')["VersionId"]
    assert aws("get-secret-value", "--secret-id", "app/db")["SecretString"] == '{"password":"fake-2"}'
    aws(
        "update-secret-version-stage", "--secret-id", "app/db", "--version-stage", "AWSCURRENT",
        "--move-to-version-id", first, "--remove-from-version-id", second,
    )  # fmt: skip
    assert aws("get-secret-value", "--secret-id", "app/db")["SecretString"] == '{"password":"fake-1"}'
    versions = aws("list-secret-version-ids", "--secret-id", "app/db")["Versions"]
    assert {version["VersionId"]: version["VersionStages"] for version in versions} == {
        first: ["AWSCURRENT"],
        second: ["AWSPREVIOUS"],
    }
    aws("tag-resource", "--secret-id", "app/db", "--tags", "Key=team,Value=ops")
    assert aws("describe-secret", "--secret-id", "app/db")["Tags"] == [{"Key": "team", "Value": "ops"}]
    aws("untag-resource", "--secret-id", "app/db", "--tag-keys", "team")
    aws("delete-secret", "--secret-id", "app/db", "--recovery-window-in-days", "7")
    with pytest.raises(AwsError, match="was marked for deletion"):
        aws("get-secret-value", "--secret-id", "app/db")
    aws("restore-secret", "--secret-id", "app/db")
    assert aws("get-secret-value", "--secret-id", "app/db")["VersionId"] == first


def test_lists_are_filtered_and_paged(aws):
    for name in ("prod/a", "prod/b", "staging/a"):
        aws("create-secret", "--name", name, "--secret-string", "fake")
    found = aws("list-secrets", "--filters", "Key=name,Values=!prod/")["SecretList"]
    assert [secret["Name"] for secret in found] == ["staging/a"]
    paged = aws("list-secrets", "--page-size", "1", "--query", "SecretList[].Name", "--sort-by", "name")
    assert paged == ["prod/a", "prod/b", "staging/a"]


def test_an_error_is_shown_in_the_words_of_the_service(aws):
    with pytest.raises(AwsError) as error:
        aws("get-secret-value", "--secret-id", "nowhere")
    assert str(error.value) == (
        "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: "
        "Secrets Manager can't find the specified secret."
    )


def test_a_binary_value_is_written_from_a_file(aws, tmp_path):
    file = tmp_path / "fake.key"
    file.write_bytes(bytes(range(256)))
    aws("create-secret", "--name", "key", "--secret-binary", f"fileb://{file}")
    assert aws("get-secret-value", "--secret-id", "key")["SecretBinary"].startswith("AAECAwQF")


def test_a_password_is_made(aws):
    assert len(aws("get-random-password", "--password-length", "40")["RandomPassword"]) == 40
