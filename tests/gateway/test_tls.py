"""HTTPS, the way there from plain, and certificates that are replaced."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from argosy.errors import GatewayError
from argosy.gateway.gateway import Gateway
from argosy.stack.model import Tls
from tests.certificates import make, shown_at
from tests.gateway.conftest import Pair, digits, routing
from tests.gateway.load import Load
from tests.gateway.streams import Stream
from tests.waiting import eventually


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return Tls(*make(tmp_path, "first"))


@pytest.fixture
async def secure(listen: str) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the gateway by HTTP/2, whatever certificate it shows."""
    async with httpx.AsyncClient(
        base_url=f"https://{listen}", verify=False, http2=True, timeout=30
    ) as made:
        yield made


@pytest.fixture
async def newcomer(listen: str) -> AsyncIterator[httpx.AsyncClient]:
    """Makes a connection for each request."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(
        base_url=f"https://{listen}", verify=False, limits=limits, timeout=30
    ) as made:
        yield made


async def _agreed(listen: str, *protocols: str) -> str | None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols))
    _, writer = await asyncio.open_connection(*listen.split(":"), ssl=context)
    agreed: str | None = writer.get_extra_info("ssl_object").selected_alpn_protocol()
    writer.transport.abort()
    return agreed


async def test_clients_that_speak_http_2_get_it(
    gateway: Gateway, listen: str, secure: httpx.AsyncClient, tls: Tls, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), tls=tls))

    assert await _agreed(listen, "h2", "http/1.1") == "h2"
    assert await _agreed(listen, "http/1.1") == "http/1.1"
    answer = await secure.post("/api/digits")
    assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
    assert answer.json()["headers"]["x-forwarded-proto"] == "https"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_tls_below_1_2_is_refused(
    gateway: Gateway, listen: str, tls: Tls, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), tls=tls))

    for version, works in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        assert await asyncio.to_thread(_connects, listen, version) == works


def _connects(listen: str, version: ssl.TLSVersion) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    host, _, port = listen.partition(":")
    try:
        with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain):
            return True
    except ssl.SSLError:
        return False


async def test_a_plain_request_to_https_is_refused(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, tls: Tls, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), tls=tls))
    with pytest.raises(httpx.TransportError):
        await client.get("/health")


async def test_plain_requests_are_sent_on_to_https(
    gateway: Gateway, listen: str, elsewhere: str, tls: Tls, replicas: Pair
) -> None:
    sent_on = Tls(tls.certificate, tls.key, redirect_from=elsewhere)
    await gateway.serve(routing(listen, digits(*replicas), tls=sent_on))

    async with httpx.AsyncClient(verify=False) as caller:
        told = await caller.post(f"http://{elsewhere}/api/digits?a=%2F", content="x")
        answer = await caller.post(
            f"http://{elsewhere}/api/digits?a=1", content="xy", follow_redirects=True
        )

    assert (told.status_code, told.headers["location"]) == (
        308,
        f"https://{listen}/api/digits?a=%2F",
    )
    assert (answer.json()["method"], answer.json()["length"]) == ("POST", 2)
    assert answer.json()["path"] == "/predict?a=1"


async def test_a_gateway_moves_to_https_and_back_with_its_port_for_plain_requests(
    gateway: Gateway, listen: str, elsewhere: str, tls: Tls, replicas: Pair
) -> None:
    """The redirect takes the port that the gateway itself has held."""
    await gateway.serve(routing(listen, digits(*replicas)))
    sent_on = Tls(tls.certificate, tls.key, redirect_from=listen)

    await gateway.publish(routing(elsewhere, digits(*replicas), tls=sent_on))
    assert await asyncio.to_thread(shown_at, elsewhere) == tls.certificate.read_text()
    async with httpx.AsyncClient() as plain:
        told = await plain.post(f"http://{listen}/api/digits")
    assert told.headers["location"] == f"https://{elsewhere}/api/digits"

    await gateway.publish(routing(listen, digits(*replicas)))
    async with httpx.AsyncClient() as plain:
        assert (await plain.post(f"http://{listen}/api/digits")).status_code == 200


@pytest.mark.parametrize("way", ["rename", "overwrite", "link"])
async def test_a_replaced_certificate_is_shown_without_a_cost(
    gateway: Gateway,
    secure: httpx.AsyncClient,
    newcomer: httpx.AsyncClient,
    listen: str,
    tls: Tls,
    replicas: Pair,
    tmp_path: Path,
    way: str,
) -> None:
    """However it is replaced: at once, in place, or behind a link as certbot and Kubernetes do."""
    told = Tls(_linked(tls.certificate), _linked(tls.key)) if way == "link" else tls
    await gateway.serve(routing(listen, digits(*replicas), tls=told))
    pid = gateway.observe().pid
    second = make(tmp_path, "second")

    async with Stream(secure, tmp_path) as stream:
        async with Load(newcomer) as load:
            await load.more()
            _replace((told.certificate, told.key), second, way)
            expected = second[0].read_text()
            async with asyncio.timeout(30):
                while await asyncio.to_thread(shown_at, listen) != expected:
                    await load.more()
            await load.more()
        await stream.end()

    assert set(load.statuses) == {200}
    assert gateway.observe().pid == pid


def _linked(file: Path) -> Path:
    link = file.with_name(f"live-{file.name}")
    link.symlink_to(file)
    return link


def _replace(old: tuple[Path, Path], new: tuple[Path, Path], way: str) -> None:
    for before, after in zip(old, new, strict=True):
        if way == "link":
            before.unlink()
            before.symlink_to(after)
        elif way == "rename":
            shutil.copy(after, draft := before.with_suffix(".draft"))
            draft.replace(before)
        else:
            before.write_bytes(after.read_bytes())


async def test_files_that_cannot_be_used_leave_the_certificate_until_they_can(
    gateway: Gateway,
    listen: str,
    tls: Tls,
    replicas: Pair,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), tls=tls))
    before, second = tls.certificate.read_text(), make(tmp_path, "second")

    tls.certificate.write_bytes(second[0].read_bytes())
    await eventually(lambda: "this is not the key of first.pem" in caplog.text)
    await gateway.publish(routing(listen, digits(replicas[0]), tls=tls))
    assert await asyncio.to_thread(shown_at, listen) == before

    tls.key.write_bytes(second[1].read_bytes())
    deadline = time.monotonic() + 30
    while await asyncio.to_thread(shown_at, listen) == before:
        assert time.monotonic() < deadline


async def test_without_its_files_the_gateway_does_not_start(
    gateway: Gateway, listen: str, tls: Tls
) -> None:
    tls.key.unlink()
    with pytest.raises(GatewayError, match=r"first\.key: this file cannot be read: No such file"):
        await gateway.serve(routing(listen, tls=tls))
    assert gateway.observe().state == "failed"


@pytest.mark.alone
async def test_the_first_event_arrives_before_the_second_is_sent(
    gateway: Gateway, secure: httpx.AsyncClient, listen: str, tls: Tls, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), tls=tls))

    began = time.monotonic()
    async with secure.stream("GET", "/api/digits", params={"stream": 10}) as answer:
        arrivals = [time.monotonic() - began async for _ in answer.aiter_bytes()]

    assert answer.http_version == "HTTP/2"
    assert len(arrivals) == 10
    assert arrivals[0] < 0.5
    assert arrivals[-1] > 0.8
