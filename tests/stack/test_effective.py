from __future__ import annotations

import json
from pathlib import Path

from argosy.stack.effective import effective
from argosy.stack.schema import shapes
from tests.certificates import make
from tests.stack.conftest import Parse


def test_every_key_of_the_file_is_shown_with_its_effective_value(
    stack: Parse, folder: Path
) -> None:
    certificate, key = make(folder, "gateway")
    text = (
        "models: {a: {code: code, batch: {max_size: 8}, resources: {memory: 1GiB},\n"
        "  probe: {suite: weights.onnx}, rollout: {shadow: {redact: user, keep_bodies: true}}}}\n"
        "gateway: {tls: {certificate: gateway.pem, key: gateway.key}, cors: {origins: [https://a]}}"
    )
    shown = effective(stack(text))
    model = shown["models"]["a"]
    assert json.loads(json.dumps(shown)) == shown
    gateway = shown["gateway"]
    parts = {
        (): shown,
        ("models", "<name>"): model,
        ("models", "<name>", "rollout", "guard"): model["rollout"]["guard"],
        ("models", "<name>", "rollout", "shadow"): model["rollout"]["shadow"],
        ("gateway",): gateway,
        ("gateway", "limits"): gateway["limits"],
        ("gateway", "log"): gateway["log"],
        ("gateway", "tls"): gateway["tls"],
        ("gateway", "cors"): gateway["cors"],
    }
    for path, shape in shapes().items():
        assert set(parts.get(path) or model[path[-1]]) == set(shape.model_fields)
    assert model["timeout"] == "30s"
    assert model["resources"] == {
        "cpus": None,
        "memory": "1GiB",
        "cpuset": None,
        "gpus": 0,
        "gpu_devices": None,
        "shm_size": None,
    }
    assert model["batch"] == {"max_size": 8, "max_delay": "0s"}
    assert model["probe"] == {
        "suite": str(folder / "weights.onnx"),
        "scorer": "exact",
        "every": None,
        "repeats": 1,
        "timeout": "30s",
        "seed": 0,
        "items": None,
        "accuracy": None,
        "concurrency": 4,
    }
    assert model["rollout"]["defaults"] == "development"
    assert model["rollout"]["steps"] == [100]
    assert model["rollout"]["margin"] == 0.02
    assert model["rollout"]["shadow"] == {
        "fraction": 0.1,
        "keep_bodies": True,
        "redact": ["user"],
        "most": "100MiB",
    }
    assert gateway["listen"] == "127.0.0.1:8080"
    assert gateway["keys"] == "none"
    assert gateway["redis_failure"] == "allow"
    assert gateway["tls"] == {
        "certificate": str(certificate),
        "key": str(key),
        "redirect_from": None,
    }
    assert gateway["cors"] == {
        "origins": ["https://a"],
        "headers": None,
        "credentials": False,
        "max_age": "10m",
    }
    assert gateway["log"] == {"access": "file"}
    assert gateway["trace_share"] == 1.0


def test_effective_values_read_back_as_the_same_stack(stack: Parse, folder: Path) -> None:
    make(folder, "gateway")
    read = stack(
        "models:\n"
        "  a: {code: code, timeout: 90s, resources: {cpus: 2}, limits: {rate: 7/min}, route: /a,"
        " aliases: gpt-4,\n"
        "      probe: {suite: weights.onnx, scorer: {numeric: {tolerance: 0.01}}, every: 60s},\n"
        "      rollout: {steps: [0.5, 50, 100], hold: 5m, slices: [easy], test: one-look,\n"
        "        guard: {error_rate: 0.5%, latency_p95: 1.5x, ttft_p99: 200ms, restarts: 2,\n"
        "          memory: 1GiB}, shadow: {fraction: 0.2}}}\n"
        "  b: {code: code, route: {path: /, host: b.example.com}, secrets: [A, B],\n"
        "      depends_on: redis, internet: true, weights_in_image: true,\n"
        "      image: {base: 'python:3.12-slim', max_size: 400MiB},\n"
        "      resources: {cpuset: '0-1', gpu_devices: [0, GPU-8f], shm_size: 1GiB}}\n"
        "services: {redis: {image: 'redis:7', command: [redis-server, --save, '']}}\n"
        "gateway:\n"
        "  keys: required\n"
        "  limits: {per_key: 20/s, per_address: 5000/h, burst: 40, tokens_per_day: 9}\n"
        "  redis: redis://127.0.0.1:6379/0\n"
        "  redis_failure: deny\n"
        "  tls: {certificate: gateway.pem, key: gateway.key, redirect_from: 127.0.0.1:80}\n"
        '  cors: {origins: ["https://*.a.de"], headers: [x-a], credentials: true, max_age: 1h}\n'
    )
    assert stack(json.dumps(_given(effective(read)))) == read


def _given(value: object) -> object:
    if isinstance(value, dict):
        return {key: _given(item) for key, item in value.items() if item is not None}
    return value
