"""ListSecrets through boto3: filters, order, pages."""

import pytest
from test_secrets import refused

SECRETS = [
    ("prod/payments/db", "Main database of payments", {"team": "payments", "env": "prod"}),
    ("prod/payments/stripe", "Key of the card processor", {"team": "payments"}),
    ("prod/web/session-key", "Signs a cookie", {"team": "web", "Env": "prod"}),
    ("staging/payments/db", "Copy of the main database", {"team": "payments", "env": "staging"}),
    ("COMPANYthings", "", {}),
    ("credsDatabase/892", "one and two", {}),
]
EVERYTHING = {name for name, _, _ in SECRETS}


@pytest.fixture(scope="module")
def listed(shared_vault):
    """A Region with SECRETS in it; nobody writes there afterwards."""
    client = shared_vault.client("li-sting-1")
    for name, description, tags in SECRETS:
        client.create_secret(
            Name=name,
            Description=description,
            SecretString="fake",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    return client


def names(client, *filters):
    wire = [{"Key": key, "Values": list(values)} for key, *values in filters]
    return {secret["Name"] for secret in client.list_secrets(Filters=wire, MaxResults=100)["SecretList"]}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("name", "prod/payments")], {"prod/payments/db", "prod/payments/stripe"}),
        ([("name", "payments")], set()),
        ([("name", "PROD")], set()),
        ([("name", "prod/web", "staging")], {"prod/web/session-key", "staging/payments/db"}),
        ([("name", "!prod/")], {"staging/payments/db", "COMPANYthings", "credsDatabase/892"}),
        ([("name", "prod"), ("name", "prod/web")], {"prod/web/session-key"}),
        ([("description", "data main")], {"prod/payments/db", "staging/payments/db"}),
        ([("description", "MAIN")], {"prod/payments/db", "staging/payments/db"}),
        ([("description", "base")], set()),
        ([("description", "tw on")], {"credsDatabase/892"}),
        ([("tag-key", "env")], {"prod/payments/db", "staging/payments/db"}),
        ([("tag-key", "Env")], {"prod/web/session-key"}),
        ([("tag-value", "pay")], {"prod/payments/db", "prod/payments/stripe", "staging/payments/db"}),
        ([("tag-value", "!payments")], {"prod/web/session-key", "COMPANYthings", "credsDatabase/892"}),
        ([("tag-key", "team"), ("tag-value", "prod")], {"prod/payments/db", "prod/web/session-key"}),
        ([("all", "payments database")], {"prod/payments/db", "staging/payments/db"}),
        ([("all", "things")], set()),
        ([("all", "Ythings")], {"COMPANYthings"}),
        ([("all", "892")], {"credsDatabase/892"}),
        ([("all", "+")], set()),
        ([("all", "!payments")], {"prod/web/session-key", "COMPANYthings", "credsDatabase/892"}),
        ([("primary-region", "us")], set()),
        ([("owning-service", "!rds")], EVERYTHING),
    ],
)
def test_filters_find_what_aws_would_find(listed, filters, expected):
    assert names(listed, *filters) == expected


def test_a_batch_reads_what_its_filters_find(listed):
    found = listed.batch_get_secret_value(Filters=[{"Key": "tag-value", "Values": ["staging"]}])
    assert [value["Name"] for value in found["SecretValues"]] == ["staging/payments/db"]


def test_the_default_order_is_that_of_creation(listed):
    created = [name for name, _, _ in SECRETS]
    assert [secret["Name"] for secret in listed.list_secrets()["SecretList"]] == created
    reverse = listed.list_secrets(SortOrder="desc")["SecretList"]
    assert [secret["Name"] for secret in reverse] == created[::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_names_are_sorted(listed, order):
    answer = listed.list_secrets(SortBy="name", SortOrder=order)["SecretList"]
    assert [secret["Name"] for secret in answer] == sorted(EVERYTHING, reverse=order == "desc")


def test_what_changed_last_is_listed_last(secrets):
    for name in ("a", "b", "c"):
        secrets.create_secret(Name=name, SecretString="fake")
    secrets.put_secret_value(SecretId="a", SecretString="fake-2")
    answer = secrets.list_secrets(SortBy="last-changed-date")["SecretList"]
    assert [secret["Name"] for secret in answer] == ["b", "c", "a"]
    secrets.get_secret_value(SecretId="b")
    # The date is noted after the answer, and the order is made of what is noted. A write notes it.
    secrets.tag_resource(SecretId="c", Tags=[{"Key": "fake", "Value": "fake"}])
    answer = secrets.list_secrets(SortBy="last-accessed-date", SortOrder="desc")["SecretList"]
    assert answer[0]["Name"] == "b"


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_pages_hold_every_secret_once(listed, size):
    pages = listed.get_paginator("list_secrets").paginate(SortBy="name", PaginationConfig={"PageSize": size})
    found = [[secret["Name"] for secret in page["SecretList"]] for page in pages]
    assert all(len(page) <= size for page in found)
    assert [name for page in found for name in page] == sorted(EVERYTHING)


def test_pages_stay_whole_while_secrets_come_and_go(secrets):
    for number in range(10):
        secrets.create_secret(Name=f"n{number}", SecretString="fake")
    first = secrets.list_secrets(SortBy="name", MaxResults=5)
    secrets.create_secret(Name="n0-new", SecretString="fake")
    secrets.delete_secret(SecretId="n1", ForceDeleteWithoutRecovery=True)
    second = secrets.list_secrets(SortBy="name", MaxResults=5, NextToken=first["NextToken"])
    found = [secret["Name"] for secret in first["SecretList"] + second["SecretList"]]
    assert found == [f"n{number}" for number in range(10)], "nothing is repeated and nothing is left out"


def test_a_token_of_nobody_is_refused(listed):
    refused(listed.list_secrets, "InvalidNextTokenException", NextToken="fake-token")


def test_secrets_scheduled_for_deletion_are_listed_on_request(secrets):
    secrets.create_secret(Name="stays", SecretString="fake")
    secrets.create_secret(Name="goes", SecretString="fake")
    secrets.delete_secret(SecretId="goes", RecoveryWindowInDays=7)
    assert [secret["Name"] for secret in secrets.list_secrets()["SecretList"]] == ["stays"]
    both = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert {secret["Name"]: "DeletedDate" in secret for secret in both} == {"stays": False, "goes": True}


def test_versions_are_listed_under_the_name_of_the_list(secrets):
    version = secrets.create_secret(Name="v", SecretString="fake")["VersionId"]
    listed = secrets.list_secrets()["SecretList"][0]
    assert listed["SecretVersionsToStages"] == {version: ["AWSCURRENT"]}


@pytest.mark.parametrize("value", ["a#b", "a,b", "ключ", '"quoted"', "x" * 513])
def test_a_value_that_the_api_does_not_take_is_refused(listed, value):
    refused(listed.list_secrets, "ValidationException", Filters=[{"Key": "all", "Values": [value]}])


def test_eleven_filters_are_too_many(listed):
    one = {"Key": "name", "Values": ["a"]}
    assert listed.list_secrets(Filters=[one] * 10)["SecretList"] == []
    refused(listed.list_secrets, "ValidationException", Filters=[one] * 11)
    refused(listed.list_secrets, "ValidationException", Filters=[{"Key": "colour", "Values": ["a"]}])
