from __future__ import annotations

import pytest

from argosy.stack.effective import effective
from argosy.stack.model import Issuer
from tests.stack.conftest import Mistakes, Parse

GOOD = "{issuer: https://login, audience: models, jwks: https://login/keys}"


def text(issuers: str, more: str = "") -> str:
    return f"models: {{a: {{code: code}}}}\ngateway:\n  issuers: {issuers}\n{more}"


def test_issuers_of_keys_are_named_by_three_texts(stack: Parse) -> None:
    read = stack(text(f'[{GOOD}, {{issuer: b, audience: a, jwks: "${{JWKS}}"}}]'), JWKS="http://b")
    assert read.gateway.issuers == (
        Issuer("https://login", "models", "https://login/keys"),
        Issuer("b", "a", "http://b"),
    )
    assert stack(text("[]")).gateway.issuers == ()
    assert effective(read)["gateway"]["issuers"][1] == {
        "issuer": "b", "audience": "a", "jwks": "http://b",
    }  # fmt: skip


def test_where_others_give_keys_callers_need_one(stack: Parse) -> None:
    assert stack(text(f"[{GOOD}]")).gateway.keys == "required"
    assert stack(text("[]")).gateway.keys == "none"


def test_issuers_and_no_need_of_keys_contradict_each_other(mistakes: Mistakes) -> None:
    assert mistakes(text(f"[{GOOD}]", "  keys: none\n")) == [
        (
            "4:9: gateway.keys: callers need no key, and yet issuers of keys are named. "
            "Write `keys: required`, or take the issuers out."
        )
    ]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("https://login", "must be a list of issuers, not `https://login`"),
        (GOOD, "must be a list of issuers, not a mapping"),
        ("[https://login]", "issuer 1 must be a mapping of keys"),
        (f"[{GOOD}, {{issuer: b}}]", "issuer 2 needs the key audience"),
        ("[{issuer: b, audience: a, jwks: }]", "issuer 1 needs the key jwks"),
        ("[{issuer: b, audience: [a], jwks: https://b}]", "issuer 1: audience must be text"),
        ("[{issuer: b, audience: a, jwks: b/keys}]", "issuer 1: jwks must be an address"),
        ("[{issuer: b, audience: a, jwks: https://}]", "issuer 1: jwks must be an address"),
        ("[{issuer: b, audience: a, jwks: https://b:99999/}]", "issuer 1: jwks must be an address"),
        ("[{issuer: b, audience: a, jwks: ftp://b/keys}]", "issuer 1: jwks must be an address"),
        (
            "[{issuer: b, audience: a, jwk: https://b}]",
            "issuer 1 has an unknown key, jwk. Did you mean jwks?",
        ),
        (f"[{GOOD}, {GOOD}]", "names the issuer https://login twice. Keep one of them."),
    ],
)
def test_what_is_no_issuer_is_refused(mistakes: Mistakes, written: str, says: str) -> None:
    (line,) = mistakes(text(written))
    assert line.startswith(f"3:12: gateway.issuers: {says}")
