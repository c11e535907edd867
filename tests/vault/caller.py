"""A client of the vault that costs little: signed requests over one connection, without an SDK."""

import datetime
import hashlib
import hmac
import http.client
import json
from urllib.parse import urlsplit

SIGNED_HEADERS = "content-type;host;x-amz-date;x-amz-target"
CONTENT_TYPE = "application/x-amz-json-1.1"


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status, code, message):
        self.status, self.code, self.message = status, code, message
        super().__init__(f"{code}: {message}")


class Caller:
    """Used by one thread. What breaks off raises OSError or http.client.HTTPException."""

    def __init__(self, vault, region="us-east-1"):
        self.host = urlsplit(vault.endpoint).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=20)
        self.access_key_id, self.region = vault.access_key_id, region
        self.day, self.key = None, None
        self.secret = vault.secret_access_key

    def call(self, operation, **request):
        """The answer, or a Refusal."""
        body = json.dumps(request).encode()
        self.connection.request("POST", "/", body=body, headers=self.headers(operation, body))
        response = self.connection.getresponse()
        answer = json.loads(response.read() or b"{}")
        if response.status != 200:
            raise Refusal(response.status, answer["__type"], answer.get("message") or answer.get("Message"))
        return answer

    def raw(self, operation, **request):
        """The bytes of a request."""
        body = json.dumps(request).encode()
        headers = {"Host": self.host, "Content-Length": len(body), **self.headers(operation, body)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body

    def headers(self, operation, body):
        """The headers of Signature Version 4."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        target = f"secretsmanager.{operation}"
        canonical = (
            f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{self.host}\nx-amz-date:{now}\nx-amz-target:{target}\n\n"
            f"{SIGNED_HEADERS}\n{hashlib.sha256(body).hexdigest()}"
        )
        scope = f"{now[:8]}/{self.region}/secretsmanager/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.signing_key(scope), to_sign.encode(), hashlib.sha256).hexdigest()
        return {
            "Content-Type": CONTENT_TYPE,
            "X-Amz-Date": now,
            "X-Amz-Target": target,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.access_key_id}/{scope}, "
            f"SignedHeaders={SIGNED_HEADERS}, Signature={signature}",
        }

    def signing_key(self, scope):
        """Made once a day."""
        if self.day != scope[:8]:
            key = f"AWS4{self.secret}".encode()
            for part in scope.split("/"):
                key = hmac.new(key, part.encode(), hashlib.sha256).digest()
            self.day, self.key = scope[:8], key
        return self.key

    def close(self):
        self.connection.close()
