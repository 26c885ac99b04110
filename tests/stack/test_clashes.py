"""Names, paths and addresses at the gateway, as the stack file asks for them."""

from __future__ import annotations

import pytest

from argosy.stack.model import Cors, ModelRoute
from tests.stack.conftest import Mistakes, Parse

TWO = "models:\n  a: {{code: code{0}}}\n  b: {{code: code{1}}}\n"


def _two(first: str = "", second: str = "") -> str:
    return TWO.format(*(f", {more}" if more else "" for more in (first, second)))


@pytest.mark.parametrize(
    ("written", "route"),
    [
        ("/vision", ModelRoute("/vision")),
        ("/v1beta/vision.x", ModelRoute("/v1beta/vision.x")),
        ("{path: /, host: A.example.com}", ModelRoute("/", "a.example.com")),
        ("{host: '*.example.com'}", ModelRoute("/", "*.example.com")),
        ("{path: /api, host: a.example.com}", ModelRoute("/api", "a.example.com")),
    ],
)
def test_a_route_is_a_path_and_maybe_a_host(stack: Parse, written: str, route: ModelRoute) -> None:
    assert stack(_two(f"route: {written}")).model("a").route == route


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("vision", "must be a path that begins with /"),
        ("/vision/", "the path ends with /. Write /vision."),
        ("/a b", "is not a path that can be routed"),
        ("/../x", "is not a path that can be routed"),
        ("/a//b", "is not a path that can be routed"),
        ("/%61", "is not a path that can be routed"),
        ("3", "must be a path, or a mapping of path and host, not `3`"),
        ("{paht: /a}", "has the unknown key paht. Did you mean path?"),
        (
            "{path: /a, host: 'a.example.com:80'}",
            "the host is not the name of one. Write it without",
        ),
        ("/", "`/` is the gateway's own. Take another path, or a host: `{path: /, host: a.exam"),
        ("/api/x", "`/api/x` is the gateway's own."),
        ("/inference.GRPCInferenceService", "is the gateway's own."),
    ],
)
def test_a_path_that_cannot_be_had_is_refused(mistakes: Mistakes, written: str, said: str) -> None:
    (mistake,) = mistakes(_two(f"route: {written}"))
    assert mistake.startswith("2:26: models.a.route: ")
    assert said in mistake


def test_two_models_cannot_have_one_path(mistakes: Mistakes, stack: Parse) -> None:
    (mistake,) = mistakes(_two("route: /x", "route: /x"))
    assert mistake == (
        "3:26: models.b.route: `/x` leads to a already. Take another path, or another host."
    )
    stack(_two("route: /x", "route: /x/y"))
    stack(_two("route: /x", "route: {path: /x, host: b.example.com}"))


@pytest.mark.parametrize(
    ("first", "second", "line", "said"),
    [
        ("aliases: [b]", "", 2, "`b` is the model b already. Take another name."),
        ("aliases: a", "", 2, "`a` is the model a already. Take another name."),
        ("aliases: gpt", "aliases: [x, gpt]", 3, "`gpt` is an alias of a already."),
        ("aliases: v1", "", 2, "`v1` is the gateway's own. Take another name."),
        ("aliases: [a/b]", "", 2, "`a/b` is not another name for a model. Write names of"),
        ("aliases: []", "", 2, "is empty. Leave the key out, or write names of"),
        ("aliases: [{a: b}]", "", 2, "a mapping is not another name for a model."),
    ],
)
def test_an_alias_that_cannot_be_had_is_refused(
    mistakes: Mistakes, first: str, second: str, line: int, said: str
) -> None:
    (mistake,) = mistakes(_two(first, second))
    assert mistake.startswith(f"{line}:")
    assert said in mistake


def test_aliases_are_a_list_or_one(stack: Parse) -> None:
    assert stack(_two("aliases: [gpt-4.1, X]")).model("a").aliases == ("gpt-4.1", "X")
    assert stack(_two("aliases: gpt-4.1")).model("a").aliases == ("gpt-4.1",)


def _gateway(text: str) -> str:
    return f"models: {{a: {{code: code}}}}\ngateway: {{{text}}}"


def test_pages_are_named_by_their_origins(stack: Parse) -> None:
    read = stack(_gateway("cors: {origins: ['https://*.example.com', 'http://localhost:3000']}"))
    assert read.gateway.cors == Cors(("https://*.example.com", "http://localhost:3000"))


@pytest.mark.parametrize(
    ("cors", "said"),
    [
        ("{origins: app.example.com}", "`app.example.com` is not the origin of web pages."),
        ("{origins: 'https://a.com/x'}", "`https://a.com/x` is not the origin of web pages."),
        ("{}", "needs the key origins"),
        ("{origins: '*', credentials: true}", "browsers send no credentials where every"),
        ("{origins: '*', credentials: 'yes'}", "must be true or false, not"),
    ],
)
def test_wrong_rules_for_pages_are_refused(mistakes: Mistakes, cors: str, said: str) -> None:
    assert said in mistakes(_gateway(f"cors: {cors}"))[0]
