"""llama.cpp by the OpenAI server of llama-cpp-python; a [served engine](models.md#served-engines).

Weights: a .gguf file, or a folder that holds one; of a file in parts the first is meant. `options`
are the server's own: `n_ctx: 4096`, `n_gpu_layers: -1`. An answer is not interrupted by the next
request, as that server would by default; requests wait for one another.

Asked at `/models/<model>/v1/chat/completions` and the other paths of that server. Ready once a
completion of one token has been computed. It has no metrics.

The requirement is compiled where it is installed, once, which takes a C++ compiler and some
minutes. llama.cpp's own `llama-server`, where it is installed, runs by the engine `command`:
`command: llama-server -m {weights} --host {host} --port {port} --metrics`, with
`metrics_path: /metrics`.
"""

from __future__ import annotations

from pathlib import Path

from argosy_runner.served.engine import Mapped, Place, Question, Readiness, text

REQUIREMENTS = ("llama-cpp-python[server]",)
SUFFIXES = (".gguf",)
UNIX_SOCKET = False
OPTIONS = None
OURS = {
    "model": "`weights` says it",
    "model_alias": "it is the model's name",
    "host": "Argosy chooses where it listens",
    "port": "Argosy chooses where it listens",
    "api_key": "keys are the gateway's",
}
ENVIRONMENT: dict[str, str] = {}
DEFAULTS = {"interrupt_requests": False}  # its own default ends an answer when the next is asked

# Those of llama-server: the server of llama-cpp-python has none.
METRICS = {
    "llamacpp:requests_processing": Mapped("argosy_in_flight"),
    "llamacpp:requests_deferred": Mapped("argosy_queue_depth"),
    "llamacpp:kv_cache_usage_ratio": Mapped("argosy_kv_cache_usage_ratio"),
    "llamacpp:prompt_tokens": Mapped("argosy_tokens", {"direction": "in"}),
    "llamacpp:tokens_predicted": Mapped("argosy_tokens", {"direction": "out"}),
}


def command(place: Place) -> list[str]:
    """The server as a module; its flags have underscores, and a value each."""
    words = [place.python, "-m", "llama_cpp.server", "--model", model_file(place.weights or "")]
    words += ["--host", place.host, "--port", place.port, "--model_alias", place.model]
    told = {name.replace("-", "_"): value for name, value in place.options.items()}
    for name, value in {**DEFAULTS, **told}.items():
        words += [f"--{name}", text(value)]
    return words


def model_file(weights: str) -> str:
    """The .gguf file that is meant; of one in parts the first. The server says what is wrong."""
    found = sorted(Path(weights).glob("*.gguf")) if Path(weights).is_dir() else []
    return str(found[0]) if found else weights


def readiness(place: Place) -> Readiness:
    """One token, or the embedding of one where the model was told to embed."""
    return Readiness(
        Question("/v1/models"),
        (
            Question("/v1/completions", {"model": place.model, "prompt": "a", "max_tokens": 1}),
            Question("/v1/embeddings", {"model": place.model, "input": "a"}),
        ),
    )


def metrics_path(place: Place) -> str | None:  # noqa: ARG001  every engine is asked alike
    """It has none."""
    return None
