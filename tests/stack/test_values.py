from __future__ import annotations

import pytest

from argosy.stack.values import slug
from tests.stack.conftest import Mistakes, Parse


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("replicas: -1", "must be 0 to 1000, not `-1`"),
        ("replicas: 2.0", "must be a whole number, not `2.0`"),
        ("replicas: '2'", "must be a whole number, not `'2'`. Remove the quotes."),
        ("replicas: yes", "must be a whole number, not `yes`"),
        ("replicas: true", "must be a whole number, not `true`"),
        ("replicas: [1]", "must be a whole number, not a list"),
        ("replicas: {min: 0, max: 4}", "must be a whole number, not a mapping"),
        ("workers: 0", "must be 1 to 256, not `0`"),
        ("workers: ${ZERO}", "must be 1 to 256, not `${ZERO}`"),
        ("timeout: 0s", "must be longer than 0s, not `0s`"),
        ("timeout: 25h", "must be at most 24h, not `25h`"),
        ("timeout: soon", "`soon` is not a duration. Durations are written like 30s"),
        ("timeout: true", "must be text with a unit, not `true`"),
        ("drain: 3", "`3` has no unit. Write 3s."),
        ("resources: {cpus: 0}", "must be more than 0, up to 1024, not `0`"),
        ("resources: {cpus: .nan}", "must be more than 0, up to 1024, not `.nan`"),
        ("resources: {memory: 31MiB}", "must be at least 32MiB, not `31MiB`"),
        ("resources: {memory: 512m}", "`512m` is not a size. Write 512MiB."),
        ("max_body: 3GiB", "must be at most 2GiB, not `3GiB`"),
        ("max_body: 64", "`64` has no unit."),
        ("python: 3.10", 'without quotes this is the number 3.1, not a version. Write "3.10".'),
        ("python: 3", 'without quotes this is the number 3, not a version. Write "3.11".'),
        ('python: "2.7"', 'must be a Python from 3.8 to 3.14, not `"2.7"`'),
        ("engine: torsch", "not `torsch`. Did you mean torch?"),
        ("code: 7", "must be text, not `7`. Write it like ./sentiment."),
        ("code: ''", "is empty"),
        ("env: {A: true}", "must be text, not `true`. Write it in quotes."),
        ("env: {A-B: x}", "is not the name of a variable"),
        ('env: {A: "\\0"}', "cannot hold the character 0x00"),
        ("weights: hf://a/b", "hf:// is not supported yet. Download it, and name the path."),
        ("weights: HTTPS://a/b", "https:// is not supported yet. Download it, and name the path."),
        ("batch: {max_size: 0}", "must be 1 to 65536, not `0`"),
        ("batch: {max_size: 1, max_delay: 2m}", "must be at most 1m, not `2m`"),
    ],
)
def test_a_wrong_value_is_explained(mistakes: Mistakes, key: str, what: str) -> None:
    code = "" if key.startswith("code") else "code: code"
    (line,) = mistakes(f"models:\n  a:\n    {code}\n    {key}", ZERO="0")
    assert f" models.a.{key.split(':', maxsplit=1)[0]}" in line
    assert what in line


@pytest.mark.parametrize(
    ("listen", "what"),
    [
        ("8080", "names a port without an address. Write 127.0.0.1:8080."),
        ("'8080'", "names a port without an address. Write 127.0.0.1:8080."),
        ("':8080'", "names a port without an address. Write 127.0.0.1:8080."),
        ("127.0.0.1", "names an address without a port. Write 127.0.0.1:8080."),
        ("'::1'", 'names an address without a port. Write "[::1]:8080".'),
        ("'[::1]'", 'names an address without a port. Write "[::1]:8080".'),
        ("127.0.0.1:0", "the port must be 1 to 65535"),
        ("127.0.0.1:65536", "the port must be 1 to 65535"),
        ("127.0.0.1:http", "the port must be 1 to 65535"),
        ("localhost:80", "must be an IP address: localhost can mean two"),
        ("hub.example:80", "must be an IP address and a port, not `hub.example:80`"),
        ("'[127.0.0.1]:80'", "must be an IP address and a port"),
        ("true", "must be text, not `true`"),
    ],
)
def test_an_ambiguous_address_is_refused_with_the_one_that_is_meant(
    mistakes: Mistakes, listen: str, what: str
) -> None:
    (line,) = mistakes(f"models: {{a: {{code: code}}}}\ngateway:\n  listen: {listen}")
    assert line.startswith("3:11: gateway.listen: ")
    assert what in line


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("'[::1]:90'", "::1", 90),
        ("127.1.2.3:08", "127.1.2.3", 8),
    ],
)
def test_an_address_of_this_machine_is_accepted(
    stack: Parse, listen: str, host: str, port: int
) -> None:
    gateway = stack(f"models: {{a: {{code: code}}}}\ngateway:\n  listen: {listen}").gateway
    assert (gateway.host, gateway.port) == (host, port)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("https://otel:4318", "traces are not sent with TLS. Run a collector on this machine"),
        (
            "http://otel:4318/v1/traces",
            "and no path, not `http://otel:4318/v1/traces`. Write http://otel:4318.",
        ),
        ("http://otel:4318/", "Write http://otel:4318."),
        ("127.0.0.1:4318", "must be http:// with a host and a port"),
        ("http://otel:99999", "the port must be 1 to 65535"),
        ("http://user@otel:4318", "must be http:// with a host and a port"),
        ("7", "must be text"),
    ],
)
def test_an_address_that_takes_no_traces_is_refused(
    mistakes: Mistakes, address: str, what: str
) -> None:
    (line,) = mistakes(f"models: {{a: {{code: code}}}}\ngateway:\n  traces: {address}")
    assert line.startswith("3:11: gateway.traces: ")
    assert what in line


def test_traces_concern_the_gateway_and_every_model(stack: Parse) -> None:
    text = "models: {a: {code: code}}\ngateway: {traces: 'http://[::1]:4318', trace_share: 0.5}"
    read = stack(text)
    assert (read.gateway.traces, read.gateway.trace_share) == ("http://[::1]:4318", 0.5)
    assert read.models[0].traces == "http://[::1]:4318"


def test_metrics_need_a_port_of_their_own(stack: Parse, mistakes: Mistakes) -> None:
    text = "models: {a: {code: code}}\ngateway:\n  metrics: "
    assert stack(f"{text}127.0.0.1:9901").gateway.metrics == "127.0.0.1:9901"
    for address in ("127.0.0.1:8080", "0.0.0.0:8080"):
        (line,) = mistakes(text + address)
        assert "is where callers are answered. Choose another port." in line


@pytest.mark.parametrize(
    "name", ["A", "1a", "a_b", "a.b", "a-", "-a", "ä", "a" * 41, "api", "v1", "models"]
)
def test_a_name_that_fits_no_address_is_refused(mistakes: Mistakes, name: str) -> None:
    (line,) = mistakes(f"models: {{{name}: {{code: code}}}}")
    assert "name" in line
    assert line.startswith("1:10: ")


@pytest.mark.parametrize("name", ["a", "file-type", "m2", "a" * 40])
def test_a_name_is_letters_digits_and_dashes(stack: Parse, name: str) -> None:
    assert stack(f"models: {{{name}: {{code: code}}}}").models[0].name == name


def test_the_words_of_later_versions_are_known_as_such(mistakes: Mistakes) -> None:
    text = "platform: kubernetes\nmodels: {a: {code: code}}"
    (line,) = mistakes(text)
    assert line == (
        "1:11: platform: `kubernetes` is not available in this version. "
        "Write one of process, compose."
    )


def test_a_slug_is_a_name() -> None:
    assert [slug(text) for text in ("My Desk", "2", "", "é", "a" * 50)] == [
        "my-desk",
        "stack-2",
        "stack",
        "stack",
        "a" * 40,
    ]
