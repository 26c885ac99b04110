"""What is known of images that others publish, by their names. Dated facts, no I/O.

What is not known is None, and rules stay silent about it. Seen in the images' own Dockerfiles on
2026-11-21; slim Python images ship no curl, NVIDIA's CUDA images remove theirs after use.
"""

from __future__ import annotations

import re
from functools import lru_cache

from argosy.compose_files.image_names import ImageName
from argosy.records import kept

# The engine of an image, by its name without registry and tag.
ENGINES = {
    r"vllm/vllm-openai|(.*/)?vllm(-openai|-cpu)?(-[a-z0-9]+)*": "vllm",
    r"lmsysorg/sglang|(.*/)?sglang": "sglang",
    r"(.*/)?text-generation-inference": "tgi",
    r"(.*/)?text-embeddings-inference": "tei",
    r"(.*/)?tritonserver(-[a-z]+)*": "triton",
    r"ollama/ollama|(.*/)?ollama": "ollama",
    r"localai/localai|go-skynet/local-ai|(.*/)?local-?ai": "localai",
    r"(ggml-org|ggerganov)/llama\.cpp|(.*/)?llama[.-]cpp(-[a-z]+)*|(.*/)?llama-server": "llama-cpp",
    r"(.*/)?(torchserve|pytorch/torchserve)(-[a-z]+)*": "torchserve",
    r"tensorflow/serving|(.*/)?tensorflow-serving": "tensorflow-serving",
    r"(.*/)?infinity": "infinity",
    r"(.*/)?comfyui(-[a-z0-9]+)*": "comfyui",
    r"(.*/)?(faster-whisper-server|speaches|(openai-)?whisper(-asr-webservice)?)": "whisper",
    r"xprobe/xinference|(.*/)?xinference": "xinference",
    r"(.*/)?(stable-diffusion-webui|automatic1111|invokeai)(-[a-z]+)*": "stable-diffusion",
    r"(.*/)?text-generation-webui": "text-generation-webui",
    r"(.*/)?aphrodite(-engine|-openai)?": "aphrodite",
    r"(.*/)?lmdeploy": "lmdeploy",
    r"tabbyml/tabby": "tabby",
    r"seldonio/mlserver|(.*/)?mlserver(-slim)?": "mlserver",
    r"(.*/)?nim/.+": "nim",
}
# What is called like a model and is none: it keeps, routes, or asks for models.
_OTHER_SOFTWARE = re.compile(
    r"(.*/)?(mlflow|envoy|nginx|haproxy|traefik|caddy|redis|valkey|postgres(ql)?|mysql|mariadb|mongo"
    r"|minio|litellm|open-webui|kong|apisix|registry|prometheus|grafana|weaviate|qdrant|milvus|chroma"
    r"|rabbitmq|kafka|busybox|alpine|curl)([-_].*)?"
)
# Bases on which programs that hold models are built.
MODEL_BASES = re.compile(
    r"nvidia/cuda|(.*/)?(pytorch|tensorflow|jax)(-[a-z]+)*/?.*|rocm/.+|.*huggingface/.+|intel/.*pytorch.*"
    r"|nvidia/(pytorch|tensorflow|tritonserver).*"
)

_HAS_CURL = {
    r"(.*/)?python:[^-]*(-(bookworm|bullseye|trixie))?$": True,  # built on buildpack-deps
    r"(.*/)?python:.*-(slim|alpine).*": False,
    r"(.*/)?nvidia/cuda:.*": False,
    r"(.*/)?(debian|ubuntu)(:.*)?": False,
    r"(.*/)?alpine(:.*)?": False,
    r"gcr\.io/distroless/.*": False,
    r"(.*/)?vllm/vllm-openai(:.*)?": True,
    r"(.*/)?ollama/ollama(:.*)?": False,
    r"(.*/)?text-generation-inference(:.*)?": True,
    r"(.*/)?llama\.cpp(:.*)?": True,
    r"(.*/)?tritonserver(:.*)?": True,
    r"(.*/)?lmsysorg/sglang(:.*)?": True,
    r"(.*/)?localai/localai(:.*)?": True,
    r"(.*/)?pytorch/pytorch(:.*)?": False,
}
_HAS_WGET = {
    r"(.*/)?python:[^-]*(-(bookworm|bullseye|trixie))?$": True,
    r"(.*/)?python:.*-slim.*": False,
    r"(.*/)?python:.*-alpine.*": True,  # of busybox
    r"(.*/)?alpine(:.*)?": True,
    r"(.*/)?nvidia/cuda:.*": False,
    r"(.*/)?(debian|ubuntu)(:.*)?": False,
    r"gcr\.io/distroless/.*": False,
    r"(.*/)?ollama/ollama(:.*)?": False,
}
_HAS_PYTHON = {
    r"(.*/)?python(:.*)?": True,
    r"(.*/)?pytorch/pytorch(:.*)?": True,
    r"(.*/)?vllm/vllm-openai(:.*)?": True,
    r"(.*/)?text-generation-inference(:.*)?": True,
    r"(.*/)?ollama/ollama(:.*)?": False,
    r"(.*/)?(debian|ubuntu|alpine)(:.*)?": False,
    r"(.*/)?nvidia/cuda(:.*)?": False,
}


class KnownImage(ImageName):
    """An image with what is known of it by its name."""

    @property
    def engine(self) -> str:
        """The engine that it holds; empty where none is known."""
        return _engine(self.path)

    @property
    def is_model_base(self) -> bool:
        """Whether programs that hold models are what it is made for."""
        return bool(self.engine) or bool(MODEL_BASES.fullmatch(self.path))

    @property
    def is_other_software(self) -> bool:
        """Whether it is known to serve no model; also without any name."""
        return not self.text or bool(_OTHER_SOFTWARE.fullmatch(self.path))

    @kept
    def cuda(self) -> tuple[int, int] | None:
        """The CUDA toolkit that it carries, as its tag tells."""
        if not re.search(r"cuda|pytorch", self.text):
            return None
        found = re.search(r"cuda:?-?v?(\d{2})\.(\d)", self.text) or re.search(
            r"nvidia/cuda:(\d{2})\.(\d)", self.text
        )
        return (int(found[1]), int(found[2])) if found else None


@lru_cache(maxsize=4096)
def _engine(path: str) -> str:
    return next((name for one, name in ENGINES.items() if re.fullmatch(one, path)), "")


def has(program: str, image: str) -> bool | None:
    """Whether a program is in an image; None where nobody knows."""
    table = {"curl": _HAS_CURL, "wget": _HAS_WGET, "python": _HAS_PYTHON, "python3": _HAS_PYTHON}
    known = table.get(program, {})
    return next((held for one, held in known.items() if re.fullmatch(one, image)), None)
