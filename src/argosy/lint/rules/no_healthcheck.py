"""A model service has no health check

Docker then takes a container for well as soon as its process runs, minutes before its model can
answer, and for as long as the process exists.

Why:
    Whatever waits for the model (`depends_on`, a proxy, a rolling update) goes on too early, and a
    model that hangs is never seen.

Example:
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0

Instead:
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        healthcheck:
          test: ["CMD", "python3", "/probes/ask.py"]
          interval: 30s
          timeout: 15s
          start_period: 300s
          start_interval: 5s

Source:
    Compose specification, services, healthcheck. Docker itself never restarts an unhealthy
    container (moby #28400): something has to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.compose_files.amounts import whole
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI304"
SEVERITY = "error"
FIX = "unsafe"

STEP = "Add a health check that asks the model something, with `start_period` and `start_interval`."
# Images that bring a health check of their own, as their Dockerfiles say.
_OF_THEIR_OWN = re.compile(r"(.*/)?(localai|local-?ai)(:.*)?|.*/llama\.cpp:(.*-)?server(-.*)?")
# Of engines whose images have Python: where they tell that they are ready, and the flag for it.
_PATHS = {
    "vllm": (8000, "/health", "--port"), "sglang": (30000, "/health", "--port"),
    "tgi": (80, "/health", "--port"), "triton": (8000, "/v2/health/ready", "--http-port"),
}  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Neither in the Compose file nor in the image that is built; one that is disabled is none."""
    for service in project.services:
        found = service.healthcheck
        if found is not None and not found.disabled:
            continue
        if found is None and _OF_THEIR_OWN.fullmatch(service.image.text):
            continue
        what = "its health check is switched off" if found else "nothing asks whether it answers"
        yield Finding(
            found.at if found else service.at,
            f"`{service.name}` counts as healthy while its model loads: {what}",
            STEP,
            service.name,
            fix=_fix(service) if found is None else (),
        )
    for image in project.images:
        asked = image.stage.last("HEALTHCHECK")
        is_on = asked is not None and [one.text.upper() for one in asked.words[:1]] != ["NONE"]
        if not is_on and not project.services_of(image):
            yield Finding(
                image.at(asked or image.stage),
                "this image has no health check, so it counts as healthy while its model loads",
                "Add HEALTHCHECK with `--start-period`, asking the model something.",
            )


def _fix(service: Service) -> tuple[Edit, ...]:
    if service.engine not in _PATHS or not service.image.engine or service.variable("PORT"):
        return ()
    port, path, name = _PATHS[service.engine]
    flag = service.command.flag(name)
    if flag is not None:
        told = whole(flag.value)
        if told is None:
            return ()
        port = told
    asked = f"http://localhost:{port}{path}"
    program = f"import urllib.request as u; u.urlopen('{asked}', timeout=5)"
    block = (
        f'test: ["CMD", "python3", "-c", "{program}"]\n'
        "interval: 30s\ntimeout: 10s\nretries: 3\nstart_period: 300s\nstart_interval: 5s"
    )
    return set_in(service, ("healthcheck",), block)
