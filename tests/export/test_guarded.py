"""The exported files, started: who may call, how often, from where; and replicas that go."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import certificates
from tests.docker_engine import DockerEngine
from tests.export import models
from tests.export.running import Running, running
from tests.ports import free_address
from tests.waiting import eventually, until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

MINE, BUSY = "a" * 64, "b" * 64
ROW = json.dumps({"input": [1, 2.5]})
PAGE = "https://app.example.com"
GATEWAY = """
  listen: 127.0.0.1:8443
  keys: required
  limits: {{per_key: 10/h, burst: 2000, concurrency: 1000}}
  cors: {{origins: ["https://*.example.com"]}}
  tls: {{certificate: ./certificate.pem, key: ./certificate.key, redirect_from: {redirect}}}
"""


@pytest.fixture(scope="module")
def exported(
    tmp_path_factory: pytest.TempPathFactory,
    module_folders: Path,
    module_docker_engine: DockerEngine,
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("guarded")
    redirect = free_address()
    text = GATEWAY.format(redirect=redirect)
    stack_file = models.write(folder / "stack", module_docker_engine.name, text)
    certificate, key = certificates.make(stack_file.parent, "certificate")
    secrets = {
        "keys": f"{MINE} me;\n{BUSY} busy;\n",
        certificate.name: certificate.read_text(),
        key.name: key.read_text(),
    }
    with running(module_docker_engine, stack_file, secrets, {"REDIRECT_LISTEN": redirect}) as made:
        yield made


@pytest.fixture
def client(exported: Running) -> Iterator[httpx.Client]:
    """With a key, over HTTP/2."""
    url = f"https://{exported.address}"
    headers = {"authorization": f"Bearer {MINE}"}
    with httpx.Client(base_url=url, verify=False, http2=True, headers=headers, timeout=30) as made:
        yield made


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_the_gateways_health_is_everybodys(exported: Running, path: str) -> None:
    assert httpx.get(f"https://{exported.address}{path}", verify=False).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"authorization": f"bearer {MINE}"}, {"x-api-key": MINE}, {"x-api-key": BUSY}]
)
def test_a_key_of_the_file_opens_models(exported: Running, headers: dict[str, str]) -> None:
    url = f"https://{exported.address}/api/sums"
    answer = httpx.post(url, content=ROW, headers=headers, verify=False)
    assert (answer.status_code, answer.json()) == (200, {"output": 3.5})


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"x-api-key": MINE[1:]}])
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/sums", "application/problem+json"),
        ("/", "application/problem+json"),
        ("/health/../api/sums", "application/problem+json"),
        ("/v1/models", "application/json"),
        ("/v2", "application/json"),
    ],
)
def test_without_one_everything_else_is_401_in_the_protocols_form(
    exported: Running, headers: dict[str, str], path: str, kind: str
) -> None:
    answer = httpx.get(f"https://{exported.address}{path}", headers=headers, verify=False)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == kind
    said = "This is not a key" if headers else "No key was sent."
    assert said in answer.text


def test_a_call_of_grpc_without_a_key_is_unauthenticated(exported: Running) -> None:
    path = "/inference.GRPCInferenceService/ServerLive"
    headers = {"content-type": "application/grpc", "te": "trailers", "model": "sums"}
    with httpx.Client(verify=False, http2=True) as client:
        answer = client.post(f"https://{exported.address}{path}", headers=headers)
    assert answer.headers["grpc-status"] == "16"
    assert answer.headers["grpc-message"].startswith("No key was sent.")


def test_a_page_of_an_allowed_origin_may_call(client: httpx.Client) -> None:
    asked = {"origin": PAGE, "access-control-request-method": "POST"}
    preflight = client.options("/api/sums", headers={**asked, "authorization": ""})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "POST" in preflight.headers["access-control-allow-methods"]
    answer = client.get("/v1/models", headers={"origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    other = client.get("/v1/models", headers={"origin": "https://example.com.evil.org"})
    assert "access-control-allow-origin" not in other.headers


def test_plain_requests_are_sent_on_to_https(exported: Running) -> None:
    port = exported.compose("port", "gateway", "8081").strip()
    answer = httpx.get(f"http://{port}/api/sums?x=1")
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://127.0.0.1:8443/api/sums?x=1"


def test_a_key_that_asks_too_often_is_told_so(exported: Running) -> None:
    url = f"https://{exported.address}"
    with httpx.Client(base_url=url, verify=False, headers={"x-api-key": BUSY}) as busy:
        refused = until(
            lambda: (
                answer
                if (answer := busy.post("/api/sums", content=ROW)).status_code == 429
                else None
            ),
            "refused",
        )
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["detail"] == "Too many requests. Try again in 1 s."
        openai = busy.post("/v1/embeddings", json={"model": "chat", "input": "x"})
        assert openai.json()["error"]["code"] == "rate_limit_exceeded"
        assert busy.get("/v1/models").status_code == 200


def asked(exported: Running) -> set[str]:
    """The replicas of sums that nginx has asked, once more each time."""
    url = f"https://{exported.address}/models/sums/predict"
    httpx.post(url, content=ROW, headers={"x-api-key": MINE}, verify=False)
    lines = exported.compose("logs", "--no-log-prefix", "gateway").splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return {one["replica"] for one in told if one["model"] == "sums" and one["code"] == 200}


async def test_a_replica_that_is_killed_costs_no_request(exported: Running) -> None:
    codes: Counter[int] = Counter()
    killed = False
    url = f"https://{exported.address}"
    headers = {"x-api-key": MINE}
    async with httpx.AsyncClient(base_url=url, verify=False, headers=headers, timeout=30) as client:

        async def ask() -> None:
            while not killed or codes.total() < 300:
                codes[(await client.post("/models/sums/predict", content=ROW)).status_code] += 1

        await asyncio.to_thread(until, lambda: len(asked(exported)) == 2, "both are asked")
        callers = [asyncio.create_task(ask()) for _ in range(4)]
        await eventually(lambda: codes.total() > 50)
        one = f"{exported.engine.name}-sums-1"
        await asyncio.to_thread(exported.engine.docker, "kill", one)
        killed = True
        await asyncio.gather(*callers)
    await asyncio.to_thread(exported.start)
    assert set(codes) == {200}, exported.failures()


def test_a_model_without_replicas_is_503_in_the_protocols_form(
    exported: Running, client: httpx.Client
) -> None:
    exported.compose("stop", "--timeout=1", "words")
    try:
        answer = until(
            lambda: (
                one if (one := client.post("/api/words", content=ROW)).status_code == 503 else None
            ),
            "503",
        )
        assert answer.json()["detail"] == "words cannot answer now: no replica is ready"
        assert answer.headers["retry-after"] == "5"
        openai = client.post("/v1/completions", json={"model": "words"})
        assert openai.json()["error"]["code"] == "model_not_ready"
        assert client.get("/v2/models/words").json() == {"error": answer.json()["detail"]}
        waiting = client.get("/ready")
        assert (waiting.status_code, list(waiting.json()["unavailable"])) == (503, ["words"])
    finally:
        exported.start()
    until(lambda: client.get("/ready").status_code == 200, "ready again")


def test_prometheus_finds_every_replica(exported: Running) -> None:
    url = f"http://{exported.compose('port', 'prometheus', '9090').strip()}/api/v1/query"

    def up() -> list[str]:
        found = httpx.get(url, params={"query": "up == 1"}).json()["data"]["result"]
        return sorted(one["metric"]["job"] for one in found)

    until(lambda: up() == ["chat", "sums", "sums", "words"], "every replica is asked")
