"""A health check sees only that something answers HTTP

The server's `/health` says that its process runs. A model that answers 200 with nonsense is worse
than one that answers 500.

Why:
    Weights that were loaded wrongly, a GPU that has fallen off the bus and an engine that is stuck
    leave `/health` green. Only a question with a known answer shows that the model works.

Example:
    test: ["CMD", "curl", "-f", "http://localhost:8000/health"]

Instead:
    test: ["CMD", "python3", "/probes/ask.py"]    # puts a question, compares the answer
    interval: 60s
    timeout: 15s

Source:
    Questions compete with traffic: ask rarely and with a generous timeout, or from outside, as
    Argosy's probes do. Compare by words: `"4" in answer` is true of "14".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.project import Project
from argosy.lint.project.service_parts import Healthcheck

CODE = "AI307"
SEVERITY = "warning"

_ASKS = re.compile(
    r"(^|\s)(-d|--data(-raw|-binary|-urlencode)?|--json|--post-data|--post-file|-X\s*POST)(\s|=|$)"
    r"|data=|\.post\(|-XPOST|method=.POST|/v2/models/\S+/infer"
    r"|(urlopen|Request)\(\s*[^,()]+,\s*b?[\"']"
)
# A program that reads what is answered, of a page that is no status page.
_READS = re.compile(r"json\.loads?\(|\.json\(\)|\bjq\b")
_STATUS = re.compile(
    r"/(\w+/)*(health\w*|ready\w*|live\w*|ping|status|version|metrics|models|tags)\b"
)
_FETCHES = re.compile(
    r"(^|[\s/;&|])(curl|wget|http|nc|ncat|netcat|grpc_health_probe)(\s|$)"
    r"|urlopen\(|urllib|requests\.(get|head)\(|httpx\.get\(|/dev/tcp/|\bss -|pgrep|ollama "
    r"(list|ps)|fetch\("
)
STEP = "Put a question with a known answer to the model, rarely and with a generous timeout."


def check(project: Project) -> Iterator[Finding]:
    """Commands that fetch a page or open a port and put no question."""
    for service in project.services:
        found = service.healthcheck
        if found is not None and found.value is not None and is_shallow(found):
            at = service.at_path("healthcheck", "test")
            yield Finding(at, _what(found.test.text), STEP, service.name)
    for image in project.images:
        asked = image.stage.last("HEALTHCHECK")
        services = project.services_of(image)
        if asked is None or (services and all(one.has("healthcheck") for one in services)):
            continue
        words = (word for one in asked.commands for word in one.texts)
        text = " ".join([*words, asked.text])  # redirections stand in the text alone
        if _is_shallow(text):
            yield Finding(image.at(asked), _what(text), STEP)


def is_shallow(found: Healthcheck) -> bool:
    """Whether a health check fetches and does not ask."""
    return not found.disabled and _is_shallow(found.test.text)


def _is_shallow(text: str) -> bool:
    if not _FETCHES.search(text) or _ASKS.search(text):
        return False
    return not _READS.search(text) or bool(_STATUS.search(text))


def _what(test: str) -> str:
    found = re.search(r"https?://[^/\s\"']+(/[^\s\"')]*)", test)
    asked = f"`{found[1]}`" if found else "a port"
    return f"this health check sees only that {asked} answers, not whether the model does"
