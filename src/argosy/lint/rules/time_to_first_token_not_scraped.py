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
from argosy.lint.project.service import Service

CODE = "AI318"
SEVERITY = "info"
FIX = "safe"

_MEASURED = ("vllm", "sglang", "tgi", "tei", "triton", "llama-cpp")
_STALE = re.compile(r"\bgpu_cache_usage_perc\b")
_NEW = "kv_cache_usage_perc"
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
# Targets that are found while it runs, which nobody can read here.
_DISCOVERY = re.compile(r"\b(?!static_)\w+_sd_configs\b")


def check(project: Project) -> Iterator[Finding]:
    """The configuration of Prometheus and Grafana that lies beside a model's Compose file."""
    for compose in project.compose:
        models = [one for one in project.services_in(compose) if one.engine in _MEASURED]
        if not models:
            continue
        told = project.monitoring_of(compose)
        uses_vllm = any(one.engine == "vllm" for one in models)
        for source in told:
            for found in _stale(source.text) if uses_vllm else ():
                at = At(source.file, found.start(), found.end())
                yield Finding(
                    at,
                    "vLLM has this metric no longer",
                    "Ask for `vllm:kv_cache_usage_perc`.",
                    fix=replaced(at, _NEW),
                )
        scrapes = [_COMMENT.sub("", one.text) for one in told if "scrape_configs" in one.text]
        is_known = scrapes and not any(_DISCOVERY.search(one) for one in scrapes)
        for service in models if is_known else ():
            if not any(_names(service).search(one) for one in scrapes):
                yield Finding(
                    service.at,
                    f"Prometheus does not scrape `{service.name}`, so nobody sees its time to "
                    "first token",
                    "Add its `/metrics` to `scrape_configs`.",
                    service.name,
                )


def _stale(text: str) -> Iterator[re.Match[str]]:
    """Where the old name is asked for, but for comments and lines that know both names."""
    for line in re.finditer(r".+", text):
        if _NEW not in line[0]:
            comment = _COMMENT.search(line[0])
            end = line.start() + comment.start() if comment else line.end()
            yield from _STALE.finditer(text, line.start(), end)


def _names(service: Service) -> re.Pattern[str]:
    """What a target of Prometheus calls the service: its name, its container's, or its port."""
    known = (service.name, service.text("container_name"), service.text("hostname"))
    names = "|".join(re.escape(one) for one in known if one)
    ports = "".join(f"|[\\w.-]+:{one.published}\\b" for one in service.ports if one.published)
    return re.compile(rf"(?<![\w.-])((?:{names})(?:[:\"'\s\],]|$){ports})", re.MULTILINE)
