"""The kinds that are no engine of ours, and the proxy."""

from __future__ import annotations

import pytest

from argosy.imported import kinds
from tests.imported.conftest import Import

IMAGES = {
    "ollama": ("ollama/ollama:latest", "docker.io/ollama/ollama"),
    "tgi": (
        "ghcr.io/huggingface/text-generation-inference:3.0",
        "ghcr.io/huggingface/text-embeddings-inference:cpu-1.5",
    ),
    "triton": ("nvcr.io/nvidia/tritonserver:24.08-py3",),
    "local_ai": ("localai/localai:v2", "quay.io/go-skynet/local-ai:latest-aio-cpu"),
    "prometheus": ("prom/prometheus", "quay.io/prometheus/prometheus:v3"),
}


@pytest.mark.parametrize(
    ("kind", "image"), [(kind, image) for kind, images in IMAGES.items() for image in images]
)
def test_it_is_carried_verbatim_and_what_the_gateway_does_not_do_is_said(
    kind: str, image: str, imported: Import
) -> None:
    text = f"services: {{a: {{image: '{image}', command: [x], ulimits: {{memlock: -1}}}}}}"
    result = imported(text=text)
    service = {"image": image, "command": ["x"], "ulimits": {"memlock": -1}}
    assert result.values["services"] == {"a": service}
    assert result.notes("services.a.image")[-1].endswith(kinds.module(kind).BESIDE)


@pytest.mark.parametrize("image", ["myollama/ollama-proxy", "nginx", "prom/node-exporter"])
def test_other_images_are_of_no_such_kind(image: str, imported: Import) -> None:
    result = imported(text=f"services: {{a: {{image: {image}}}}}")
    assert result.notes("services.a.image") == ["carried: services.a.image"]


def test_every_kind_is_a_model_a_companion_or_a_proxy() -> None:
    for kind in map(kinds.module, kinds.names()):
        shapes = [kinds.is_model(kind), hasattr(kind, "BESIDE"), kinds.is_proxy(kind)]
        assert shapes.count(True) == 1, kind
        assert kind.TITLE


MODEL = "  llm: {image: vllm/vllm-openai, command: --model a/b}\n"


@pytest.mark.parametrize("image", ["nginx:alpine", "traefik:v3", "caddy", "haproxy:3"])
def test_a_proxy_of_models_alone_is_replaced(image: str, imported: Import) -> None:
    proxy = f"  front: {{image: '{image}', ports: ['80:80'], depends_on: [llm]}}\n"
    result = imported(text=f"services:\n{MODEL}{proxy}")
    assert result.conversion.companions == ()
    assert result.values["gateway"] == {"listen": "127.0.0.1:80"}


def test_a_proxy_that_leads_elsewhere_too_stays(imported: Import) -> None:
    rest = (
        "  front: {image: nginx, volumes: ['./n.conf:/etc/nginx/nginx.conf']}\n  web: {image: w}\n"
    )
    configuration = "proxy_pass http://llm:8000; proxy_pass http://web/;"
    result = imported(text=f"services:\n{MODEL}{rest}", **{"n.conf": configuration})
    assert result.conversion.companions == ("front", "web")
    assert "the gateway answers instead" in result.notes("services.front.volumes.0")[-1]
