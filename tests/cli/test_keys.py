"""`argosy keys` on a stack that does not run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner, Result

from argosy.cli import argosy
from argosy.errors import UsageError

Run = Callable[..., Result]
DAY = 86400


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    for model in ("digits", "chat"):
        (tmp_path / model).mkdir()
        (tmp_path / model / "model.py").write_text("class Model: ...\n")
    models = "models: {digits: {code: ./digits}, chat: {code: ./chat}}"
    (tmp_path / "argosy.yaml").write_text(f"name: desk\n{models}\ngateway: {{keys: required}}\n")
    return tmp_path


@pytest.fixture
def keys(stack: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(stack)
    return lambda *arguments: CliRunner().invoke(argosy, ["keys", *arguments])


def error(result: Result) -> str:
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def test_a_new_key_stands_alone_on_standard_output(keys: Run) -> None:
    made = keys("create", "ci", "--models", "digits, chat,digits", "--expires", "90d")

    assert made.exit_code == 0
    token = made.stdout.strip()
    said = jwt.decode(token, options={"verify_signature": False})
    assert (said["iss"], said["sub"], said["scope"]) == ("argosy:desk", "ci", "digits chat")
    assert said["exp"] - said["iat"] == 90 * DAY
    assert "The key ci (k-" in made.stderr
    assert "reaches digits, chat and expires on" in made.stderr
    assert token not in made.stderr


def test_the_list_shows_what_is_known_of_keys_and_no_key(keys: Run) -> None:
    assert "No key has been made yet" in keys("list").stdout
    wanted = ("--models", "chat", "--rate", "100/min", "--burst", "30", "--expires", "12h")
    tokens = [keys("create", "ci", *wanted).stdout, keys("create", "web").stdout]
    keys("revoke", "web")

    shown = keys("list").stdout
    head, ci, web = shown.splitlines()
    assert head.split() == ["ID", "NAME", "MODELS", "RATE", "EXPIRES", "STATE"]
    assert ci.split()[1:6] == ["ci", "chat", "100/min,", "burst", "30"]
    assert ci.split()[-1] == "active"
    assert web.split()[1:] == ["web", "all", "-", "never", "revoked"]
    listed = json.loads(keys("list", "--json").stdout)
    assert listed[0]["rate"] == {"requests": 100, "seconds": 60, "burst": 30}
    assert [(one["name"], one["models"], one["state"]) for one in listed] == [
        ("ci", ["chat"], "active"),
        ("web", [], "revoked"),
    ]
    for token in tokens:
        assert token.strip() not in shown + str(listed)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ci", "--models", "digit"), "desk has no model 'digit'. Its models are: digits, chat."),
        (("ci", "--models", ""), "desk has no model ''. Its models are: digits, chat."),
        (("ci", "--rate", "20"), "--rate: 20 has no period. Write 20/s."),
        (("ci", "--rate", "often"), "--rate: often is not a rate. Write it like 20/s, 100/min."),
        (("ci", "--burst", "3"), "--burst: is a part of a rate. Give --rate, too."),
        (("ci", "--expires", "90"), "--expires: 90 has no unit. Write 90s."),
        (("ci", "--expires", "3 weeks"), "is not a duration. Write it like 90d, 12h, 30m."),
        (("ci", "--expires", "0d"), "is not a time that a key may last. Choose 1s to 36500d,"),
        (("ci", "--expires", "99999d"), "is not a time that a key may last."),
        (("c i",), "c i: this cannot be the name of a key. Use up to 64 letters,"),
    ],
)
def test_what_cannot_be_meant_is_said_with_the_next_step(
    keys: Run, arguments: tuple[str, ...], says: str
) -> None:
    refused = keys("create", *arguments)

    assert says in error(refused)
    assert refused.stdout == ""
    assert "No key has been made yet" in keys("list").stdout


def test_a_name_is_given_once_and_what_is_not_there_is_not_revoked(keys: Run) -> None:
    keys("create", "ci")
    assert "a key of this name is there already" in error(keys("create", "ci"))
    assert "there is no such key" in error(keys("revoke", "other"))
    assert keys("revoke", "ci").stdout.startswith("Revoked ci (k-")


def test_whoever_needs_no_key_is_told_so(keys: Run, stack: Path) -> None:
    file = stack / "argosy.yaml"
    file.write_text(file.read_text().replace("required", "none"))
    assert "takes callers without a key, too" in keys("create", "ci").stderr
