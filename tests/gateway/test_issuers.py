"""Outside issuers of keys: a server that publishes its public keys, as an OpenID provider does."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from argosy.gateway.resources.issuers import cluster_name, clusters
from argosy.gateway.routing import Route, Routing
from argosy.keys.trust import Trust, system_authorities
from argosy.stack.model import Gateway, Issuer, Limits, Rate
from tests.gateway.callers import Locked, bearer
from tests.gateway.conftest import Pair, digits, serving
from tests.ports import free_port

AUDIENCE = "models"


class Provider:
    """Gives RS256 tokens, and publishes its key at ``/keys``."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self._private = rsa.generate_private_key(65537, 2048)
        port = server.server_address[1]
        self.name = f"https://login.example.com/{port}"
        self.issuer = Issuer(self.name, AUDIENCE, f"{scheme}://127.0.0.1:{port}/keys")
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        self.jwks = json.dumps({"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]})

    def token(self, **changed: Any) -> str:
        """Without the claims that are changed to None."""
        said = {"iss": self.name, "aud": AUDIENCE, "sub": "ada", "exp": time.time() + 600}
        all_of_it = {**said, **changed}
        claims = {name: value for name, value in all_of_it.items() if value is not None}
        return jwt.encode(claims, self._private, "RS256", headers={"kid": "1"})


@contextmanager
def answering(certificate: Path | None = None) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = made.jwks.encode()
            self.send_response(200 if self.path == "/keys" else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        made = Provider(server, "https" if certificate else "http")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with answering() as made:
        yield made


@pytest.fixture
def routes(replicas: Pair) -> tuple[Route, Route]:
    return digits(replicas[0]), Route("chat", serving(replicas[1].address))


async def settled(client: httpx.AsyncClient, token: str, path: str = "/api/chat") -> httpx.Response:
    """The answer once the issuer's keys are there, which are fetched beside the requests."""
    deadline = time.monotonic() + 20
    while (answer := await client.get(path, headers=bearer(token))).status_code == 503:
        assert time.monotonic() < deadline, answer.text
    return answer


async def test_an_outside_issuer_stands_beside_the_stack_s_own_keys(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    own = locked.key("chat")
    await locked.serve(*routes, issuers=(provider.issuer,))

    seen = (await settled(client, provider.token())).json()

    assert seen["headers"]["x-argosy-caller"] == "ada"
    assert "authorization" not in seen["headers"]
    for token in (provider.token(), own):
        for headers in (bearer(token), {"x-api-key": token}):
            assert (await client.get("/api/chat", headers=headers)).status_code == 200
    assert (await client.get("/api/digits", headers=bearer(own))).status_code == 403


async def test_an_outside_token_reaches_every_model_unless_it_lists_some(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    await locked.serve(*routes, issuers=(provider.issuer,))

    for said, expected in (
        ({}, (200, 200)),
        ({"models": ["chat"]}, (200, 403)),
        ({"models": ["*"]}, (200, 200)),
        ({"models": []}, (403, 403)),
        ({"models": "chat"}, (403, 403)),
        ({"models": {"chat": 1}}, (403, 403)),
    ):
        token = provider.token(**said)
        for path, status in zip(("/api/chat", "/api/digits"), expected, strict=True):
            assert (await settled(client, token, path)).status_code == status, said


async def test_what_a_caller_says_of_its_models_counts_for_nothing(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    own = locked.key("chat")
    await locked.serve(*routes, issuers=(provider.issuer,))
    theirs = provider.token(models=["chat"])
    await settled(client, theirs)

    for token in (own, theirs):
        for scope in ("*", "digits"):
            headers = {**bearer(token), "x-argosy-scope": scope}
            seen = await client.get("/api/chat", headers=headers)
            assert "x-argosy-scope" not in seen.json()["headers"]
            assert (await client.get("/api/digits", headers=headers)).status_code == 403


async def test_keys_and_outside_tokens_are_counted_by_their_ids(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    tokens = [locked.key(), locked.key(), provider.token(jti="t-1"), provider.token(jti="t-2")]
    limits = Limits(per_key=Rate(3, 3600))
    gateway = replace(locked.routing.gateway, limits=limits)
    locked.routing = replace(locked.routing, gateway=gateway)
    await locked.serve(*routes, issuers=(provider.issuer,))
    await settled(client, provider.token())

    for token in tokens:
        answers = [await client.get("/api/chat", headers=bearer(token)) for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]


async def test_an_outside_token_must_be_right_in_every_part(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    await locked.serve(*routes, issuers=(provider.issuer,))
    assert (await settled(client, provider.token())).status_code == 200
    with answering() as stranger:
        wrong = [
            provider.token(aud="somebody else"),
            provider.token(aud=None),
            provider.token(iss="argosy:desk", jti="k-1", models=["*"]),
            provider.token(iss="https://elsewhere.example.com"),
            provider.token(exp=time.time() - 120),
            stranger.token(iss=provider.name),
            locked.sign({"iss": provider.name, "aud": AUDIENCE, "sub": "ada"}),
        ]
        for token in wrong:
            answer = await client.get("/api/chat", headers=bearer(token))
            assert answer.status_code == 401, jwt.decode(token, options={"verify_signature": False})


async def test_who_an_outside_token_says_no_name_of_cannot_take_another_s(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    await locked.serve(*routes, issuers=(provider.issuer,))
    nameless = provider.token(sub=None)
    await settled(client, nameless)

    headers = {**bearer(nameless), "x-argosy-caller": "k-1"}
    seen = (await client.get("/api/chat", headers=headers)).json()

    assert "x-argosy-caller" not in seen["headers"]


async def test_a_name_that_would_be_headers_of_its_own_is_none(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    await locked.serve(*routes, issuers=(provider.issuer,))
    await settled(client, provider.token())

    for sub in ("a\r\nx-injected: 1", "a\nb", "a\0b", "\r\n\r\nGET / HTTP/1.1\r\n\r\n"):
        answer = await client.get("/api/chat", headers=bearer(provider.token(sub=sub)))
        assert answer.status_code == 503, repr(sub)
        assert "invalid header value" in answer.json()["detail"]
    answer = await client.get("/api/chat", headers=bearer(provider.token(sub="a, ü")))
    assert answer.status_code == 200


async def test_an_issuer_that_is_away_harms_nobody_else(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], provider: Provider
) -> None:
    own = locked.key()
    gone = replace(provider.issuer, jwks=f"http://127.0.0.1:{free_port()}/keys")
    nowhere = Issuer("https://nowhere", AUDIENCE, "https://nowhere.invalid/keys")

    trust = replace(locked.routing.trust, authorities=system_authorities())
    locked.routing = replace(locked.routing, trust=trust)
    await locked.serve(*routes, issuers=(gone, nowhere))

    assert (await client.get("/api/chat", headers=bearer(own))).status_code == 200
    answer = await client.get("/api/chat", headers=bearer(provider.token()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "cannot be fetched" in answer.json()["detail"]


async def test_an_issuer_s_keys_come_over_tls_from_who_can_prove_it(
    locked: Locked,
    client: httpx.AsyncClient,
    routes: tuple[Route, Route],
    run_folder: Path,
) -> None:
    ours, theirs = certificate(run_folder / "ours.pem"), certificate(run_folder / "theirs.pem")
    trust = replace(locked.routing.trust, authorities=str(ours))
    locked.routing = replace(locked.routing, trust=trust)
    with answering(ours) as known, answering(theirs) as unknown:
        await locked.serve(*routes, issuers=(known.issuer, unknown.issuer))

        assert (await settled(client, known.token())).status_code == 200
        refused = await client.get("/api/chat", headers=bearer(unknown.token()))
        assert refused.status_code == 503


def test_a_host_is_known_by_its_name_and_asked_at_its_scheme_s_port() -> None:
    issuer = Issuer("https://i", "a", "https://login.example.com/keys")
    routing = Routing(
        "desk", Gateway(issuers=(issuer, issuer)), trust=Trust(authorities="/etc/ca.pem")
    )

    (name, cluster), *others = clusters(routing).items()

    assert not others
    assert name == cluster_name(issuer) == "issuer:https://login.example.com"
    endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    socket = {"address": "login.example.com", "port_value": 443}
    assert endpoint == {"address": {"socket_address": socket}}
    tls = cluster["transport_socket"]["typed_config"]
    assert tls["sni"] == "login.example.com"
    assert tls["common_tls_context"]["validation_context"] == {
        "trusted_ca": {"filename": "/etc/ca.pem"},
        "match_typed_subject_alt_names": [
            {"san_type": "DNS", "matcher": {"exact": "login.example.com"}}
        ],
    }


def certificate(file: Path) -> Path:
    """For 127.0.0.1, signed by itself, with its private key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(private, hashes.SHA256())
    )
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key + made.public_bytes(Encoding.PEM))
    return file
