"""What a vault has acknowledged, kept beside it, and compared with what it holds."""

import copy
import http.client
import threading
from dataclasses import dataclass, field
from unittest.mock import ANY

from caller import Refusal
from conftest import Vault

# Whether the vault authenticates what it does not seal (descriptions, tags, deletions), and the keyring knows how far it
# had come, so that a copy of an earlier moment has to be asked for.
IS_AUTHENTICATED = True
CURRENT, PREVIOUS, OWN = "AWSCURRENT", "AWSPREVIOUS", "fake-label"
BROKEN_OFF = (OSError, http.client.HTTPException)
# Operations on a secret before its writer makes another one.
PER_SECRET = 12


def open_moment(folder):
    """Opens a vault as it was at some moment, which need not be its last one."""
    return Vault("--data", folder, *(["--accept-older-file"] if IS_AUTHENTICATED else []))


@dataclass
class Secret:
    """All that was written of a secret. Two that are equal hold the same."""

    description: str
    tags: dict
    values: dict  # by version id
    labels: dict = field(default_factory=dict)  # the version id of each
    is_deleted: bool = False


class Ledger:
    """The acknowledged state of each secret by its name, and what it would be after a write whose answer is not there."""

    def __init__(self):
        self.secrets = {}
        self.unanswered = {}
        self.acknowledged = 0
        self.changed = threading.Condition()

    def begin(self, name, secret):
        with self.changed:
            self.unanswered[name] = secret

    def acknowledge(self, name):
        with self.changed:
            self.secrets[name] = self.unanswered.pop(name)
            self.acknowledged += 1
            self.changed.notify_all()

    def wait_for(self, count):
        """Waits until so many writes were acknowledged. Whether they were within a minute."""
        with self.changed:
            return self.changed.wait_for(lambda: self.acknowledged >= count, timeout=60)

    def expected(self, name):
        """What the vault may hold of a secret: None is none."""
        states = [self.secrets.get(name)]
        if name in self.unanswered:
            states.append(self.unanswered[name])
        return states

    def names(self):
        return sorted({*self.secrets, *self.unanswered})

    def settle(self, held):
        """Takes over what the vault holds, of which each write was found whole or not at all."""
        self.secrets, self.unanswered = held, {}

    def copy(self):
        of_then = Ledger()
        of_then.secrets, of_then.unanswered = copy.deepcopy(self.secrets), copy.deepcopy(self.unanswered)
        return of_then


class Writer:
    """Writes secrets of its own, chosen by `random`, until the vault is gone. What it sends stands in the ledger first."""

    def __init__(self, number, caller, ledger, random):
        self.number, self.caller, self.ledger, self.random = number, caller, ledger, random
        self.name, self.secret, self.left, self.fault = None, None, 0, None

    def run(self):
        try:
            while True:
                self.step()
        except BROKEN_OFF:
            pass  # The kill: its write has no answer.
        except Exception as fault:  # pylint: disable=broad-exception-caught
            self.fault = fault  # Raised again by who waits for the writer.
        finally:
            self.caller.close()

    def step(self):
        if not self.left:
            self.left = PER_SECRET
            self.create()
            return
        self.left -= 1
        if self.secret.is_deleted:
            self.write("RestoreSecret", {}, is_deleted=False)
            return
        steps = [self.put, self.put, self.move_current, self.move_own, self.tag, self.untag, self.describe, self.delete]
        self.random.choice(steps)()

    def write(self, operation, request, **changes):
        """Sends one write; `changes` say what of the secret is new after it."""
        after = Secret(**{**vars(self.secret), **changes}) if self.secret else Secret(**changes)
        self.ledger.begin(self.name, copy.deepcopy(after))
        key = "Name" if operation == "CreateSecret" else "SecretId"
        self.caller.call(operation, **{key: self.name}, **request)
        self.secret = after
        self.ledger.acknowledge(self.name)

    def text(self):
        """From a few bytes to some pages of the store."""
        return f"fake-{self.token()}-" + "x" * self.random.choice([0, 10, 500, 9000])

    def token(self):
        return f"{self.random.getrandbits(128):032x}"

    def create(self):
        self.secret, self.name = None, f"w{self.number}/{self.token()}"
        token, text, tags, description = self.token(), self.text(), {"made": self.token()}, f"of {self.token()}"
        request = {"ClientRequestToken": token, "SecretString": text, "Description": description, "Tags": wire(tags)}
        self.write(
            "CreateSecret", request, values={token: text}, labels={CURRENT: token}, tags=tags, description=description
        )

    def put(self):
        """The former version keeps AWSPREVIOUS and nothing else."""
        token, text, former = self.token(), self.text(), self.secret.labels[CURRENT]
        labels = {label: version for label, version in self.secret.labels.items() if version != former}
        labels.update({PREVIOUS: former, CURRENT: token})
        request = {"ClientRequestToken": token, "SecretString": text}
        self.write("PutSecretValue", request, values={**self.secret.values, token: text}, labels=labels)

    def move_current(self):
        labels = self.secret.labels
        if PREVIOUS not in labels:
            return self.put()
        to, former = labels[PREVIOUS], labels[CURRENT]
        request = {"VersionStage": CURRENT, "MoveToVersionId": to, "RemoveFromVersionId": former}
        return self.write("UpdateSecretVersionStage", request, labels={**labels, CURRENT: to, PREVIOUS: former})

    def move_own(self):
        to = self.random.choice(sorted(self.secret.values))
        request = {"VersionStage": OWN, "MoveToVersionId": to}
        if OWN in self.secret.labels:
            request["RemoveFromVersionId"] = self.secret.labels[OWN]
        self.write("UpdateSecretVersionStage", request, labels={**self.secret.labels, OWN: to})

    def tag(self):
        added = {f"t{self.random.randrange(3)}": self.token() for _ in range(2)}
        self.write("TagResource", {"Tags": wire(added)}, tags={**self.secret.tags, **added})

    def untag(self):
        key = self.random.choice(["made", "t0", "t1", "t2"])
        tags = {name: value for name, value in self.secret.tags.items() if name != key}
        self.write("UntagResource", {"TagKeys": [key]}, tags=tags)

    def describe(self):
        text = f"of {self.token()}"
        self.write("UpdateSecret", {"Description": text, "ClientRequestToken": self.token()}, description=text)

    def delete(self):
        self.write("DeleteSecret", {"RecoveryWindowInDays": 7}, is_deleted=True)


def wire(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def names_in(caller):
    """The names of all secrets, those that are scheduled for deletion too."""
    found, page = [], {"NextToken": None}
    while "NextToken" in page:
        more = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
        page = caller.call("ListSecrets", MaxResults=100, IncludePlannedDeletion=True, **more)
        if page is ANY:
            return ANY
        found += [secret["Name"] for secret in page["SecretList"]]
    return sorted(found)


def look(caller, name, states):
    """All that the vault holds of a secret, which was to be one of `states`; None if there is none. One that is scheduled
    for deletion is restored, so that its values can be read. What the caller answers with ANY is ANY, each part by itself."""
    try:
        facts = caller.call("DescribeSecret", SecretId=name)
        if facts is ANY or "DeletedDate" in facts:
            caller.call("RestoreSecret", SecretId=name)
        listed = caller.call("ListSecretVersionIds", SecretId=name, IncludeDeprecated=True)
    except Refusal as refusal:
        if refusal.code == "ResourceNotFoundException":
            return None
        raise
    if listed is ANY:
        ids, labels = {id for state in states if state for id in state.values}, ANY
    else:
        versions = {version["VersionId"]: version.get("VersionStages", []) for version in listed["Versions"]}
        held = [(label, id) for id, labels in versions.items() for label in labels]
        ids, labels = set(versions), dict(held)
        assert len(held) == len(labels), f"{name}: a label stands twice: {held}"
    answers = {id: caller.call("GetSecretValue", SecretId=name, VersionId=id) for id in ids}
    return Secret(
        description=ANY if facts is ANY else facts.get("Description"),
        tags=ANY if facts is ANY else {tag["Key"]: tag["Value"] for tag in facts.get("Tags", [])},
        values={id: answer if answer is ANY else answer["SecretString"] for id, answer in answers.items()},
        labels=labels,
        is_deleted=ANY if facts is ANY else "DeletedDate" in facts,
    )


def compare(caller, ledger):
    """Fails where the vault holds anything but what was acknowledged and, whole or not at all, what has no answer.
    Returns what it holds, by name."""
    held = {}
    for name in ledger.names():
        states = ledger.expected(name)
        secret = look(caller, name, states)
        assert secret in states, f"{name} is {secret}, and was to be {' or '.join(map(repr, states))}"
        if secret is not None:
            held[name] = secret
    assert names_in(caller) == sorted(held), "the list shows each secret and no other"
    return held
