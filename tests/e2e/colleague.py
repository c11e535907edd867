"""A colleague with the clients of AWS, on a socket: `colleague.py SOCKET`.

Each connection sends one request as JSON and gets one answer. A copy of this process answers it, which has boto3 and
the AWS CLI loaded already: to load them takes longer than most calls. Ends with its standard input.
"""

import base64
import io
import json
import os
import socketserver
import sys
import threading
import traceback
from contextlib import redirect_stderr, redirect_stdout

import awscli.clidriver
import boto3

MODELS = boto3.Session()


def call(operations):
    """Calls operations of boto3, in this order; answers what each returned."""
    secrets = MODELS.client(
        "secretsmanager",
        region_name=os.environ["AWS_REGION"],
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
    )
    answers = []
    for operation, arguments in operations:
        if "SecretBinary" in arguments:
            arguments["SecretBinary"] = base64.b64decode(arguments["SecretBinary"])
        answer = getattr(secrets, operation)(**arguments)
        answer.pop("ResponseMetadata")
        answers.append(answer)
    return answers


def run_cli(words):
    """Runs the AWS CLI; answers its exit code, its output and its errors."""
    out, log = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(log):
        code = awscli.clidriver.create_clidriver().main(words)
        out.flush()
    return {"code": code, "out": out.buffer.getvalue().decode(), "log": log.getvalue()}


class Request(socketserver.StreamRequestHandler):
    def handle(self):
        request = json.load(self.rfile)
        os.environ.update(request["env"])
        try:
            answer = run_cli(request["aws"]) if "aws" in request else {"answers": call(request["operations"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        self.wfile.write(json.dumps(answer, default=str).encode())


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    max_children = 64


def end_with_standard_input():
    sys.stdin.read()
    os._exit(0)


# What is read from the disk once is there in every copy.
MODELS.client("secretsmanager", region_name="us-east-1", aws_access_key_id="fake", aws_secret_access_key="fake")
awscli.clidriver.create_clidriver()
with Server(sys.argv[1], Request) as server:
    print("ready", flush=True)
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    server.serve_forever(poll_interval=60)
