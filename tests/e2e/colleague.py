"""A colleague with boto3: reads a list of [operation, arguments] from standard input, answers what each returned."""

import base64
import json
import sys

import boto3

secrets = boto3.client("secretsmanager")
answers = []
for operation, arguments in json.load(sys.stdin):
    if "SecretBinary" in arguments:
        arguments["SecretBinary"] = base64.b64decode(arguments["SecretBinary"])
    answer = getattr(secrets, operation)(**arguments)
    answer.pop("ResponseMetadata")
    answers.append(answer)
json.dump(answers, sys.stdout, default=str)
