"""Time to first token is not measured, or read by a name that is gone

Prometheus scrapes something else than the model, or a query asks for a metric that recent vLLM
does not have any more.

Why:
    For whoever waits for an answer the first token is what counts; an average of requests per
    second hides it. A query for a name that is gone shows an empty panel and never alerts.

Example:
    expr: vllm:gpu_cache_usage_perc > 0.9

Instead:
    expr: vllm:kv_cache_usage_perc > 0.9

Source:
    vLLM documentation, metrics: `vllm:time_to_first_token_seconds`; `gpu_cache_usage_perc` was
    deprecated for `kv_cache_usage_perc`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project

CODE = "AI318"
SEVERITY = "info"
FIX = "safe"

_MEASURED = ("vllm", "sglang", "tgi", "tei", "triton", "llama-cpp")
_STALE = re.compile(r"\bgpu_cache_usage_perc\b")


def check(project: Project) -> Iterator[Finding]:
    """The configuration of Prometheus and Grafana that lies beside a model's Compose file."""
    for compose in project.compose:
        models = [one for one in project.services_in(compose) if one.engine in _MEASURED]
        if not models:
            continue
        told = project.monitoring_of(compose)
        for source in told:
            for found in _STALE.finditer(source.text):
                at = At(source.file, found.start(), found.end())
                yield Finding(
                    at,
                    "vLLM has this metric no longer",
                    "Ask for `vllm:kv_cache_usage_perc`.",
                    fix=replaced(at, "kv_cache_usage_perc"),
                )
        scrapes = [one for one in told if "scrape_configs" in one.text]
        for service in models if scrapes else ():
            name = re.escape(service.name)
            if not any(
                re.search(rf"(?<![\w.-]){name}(:\d|[\"'\s\]])", one.text) for one in scrapes
            ):
                yield Finding(
                    service.at,
                    f"Prometheus does not scrape `{service.name}`, so nobody sees its time to "
                    "first token",
                    "Add its `/metrics` to `scrape_configs`.",
                    service.name,
                )
