"""The window of an installed program, driven through WebKit's own driver."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

PATIENCE = 20
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Window:
    """A program under WebKitWebDriver, spoken to in the protocol of W3C: one session, elements by CSS."""

    def __init__(self, program, port, environment):
        self.server = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"], env={**environment, "TAURI_WEBVIEW_AUTOMATION": "true"}
        )
        self.url = f"http://127.0.0.1:{port}"
        until(lambda: self.ask("GET", "/status")["ready"], "the driver answers")
        options = {"binary": str(program), "args": []}
        capabilities = {"browserName": "wry", "webkitgtk:browserOptions": options}
        session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"/session/{session['sessionId']}"

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def find(self, css):
        """The first element that is there and visible."""

        def visible():
            for found in self.ask("POST", f"{self.session}/elements", {"using": "css selector", "value": css}):
                element = f"{self.session}/element/{found[ELEMENT]}"
                if self.ask("GET", f"{element}/displayed"):
                    return element
            return None

        return until(visible, f"{css} is there")

    def press(self, css):
        def pressed():
            self.ask("POST", f"{self.find(css)}/click", {})
            return True

        until(pressed, f"{css} can be pressed")

    def text(self, css):
        return until(lambda: self.ask("GET", f"{self.find(css)}/text"), f"{css} says something")

    def source(self):
        return self.ask("GET", f"{self.session}/source")

    def close(self):
        try:
            self.ask("DELETE", self.session)
        finally:
            self.server.terminate()
            self.server.wait(PATIENCE)


def until(done, what):
    """Asks until there is an answer; an element that was drawn anew meanwhile is looked for again."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if answer := done():
                return answer
            failure = None
        except (OSError, urllib.error.HTTPError) as error:
            failure = error
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {PATIENCE} s") from failure
        time.sleep(0.1)
