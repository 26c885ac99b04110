"""A service waits until a model has started, not until it can answer

`depends_on` in its short form waits for the container's process. The model loads for minutes after.

Why:
    The caller starts at once, gets refused connections, and fails or retries; in a chain each link
    multiplies it.

Example:
    app:
      depends_on: [llm]

Instead:
    app:
      depends_on:
        llm:
          condition: service_healthy

Source:
    Compose specification, depends_on, long syntax. The model needs a health check for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.tree import Value
from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project, is_monitoring
from argosy.lint.project.service import Service

CODE = "AI311"
SEVERITY = "warning"
FIX = "safe"


def check(project: Project) -> Iterator[Finding]:
    """Every service that depends on a model's, but for those that only watch it."""
    for compose in project.compose:
        models = {one.name: one for one in project.services_in(compose)}
        others = project.all_services_in(compose) if models else ()
        for service in others:
            if is_monitoring(service):
                continue
            for name, condition, at in service.depends_on:
                if name in models and condition in ("", "service_started"):
                    yield _told(service, models[name], at)


def _told(service: Service, model: Service, at: At) -> Finding:
    step = "Write `condition: service_healthy`."
    if model.healthcheck is None:
        step = f"Give `{model.name}` a health check, and write `condition: service_healthy`."
    what = (
        f"`{service.name}` starts as soon as the process of `{model.name}` runs, long before its "
        "model can answer"
    )
    return Finding(at, what, step, service.name, fix=_fix(service, model, model.name))


def _fix(service: Service, model: Service, name: str) -> tuple[Edit, ...]:
    """Where the model has no health check, Compose would refuse to start."""
    found = model.healthcheck
    value = service.value.below(("depends_on",))
    if found is None or found.disabled or value is None or value.shared or value.anchored:
        return ()
    own = service.value.place.file
    if any(one.shared or one.place.file != own or not one.text for one in value.items):
        return ()
    if value.mapping:
        if value.mapping[name].key is None or value.mapping[name].items:
            return ()
        return set_in(service, ("depends_on", name, "condition"), "service_healthy")
    if value.style == "flow":
        told = [f"{one.text}: {{condition: {_condition(one.text, name)}}}" for one in value.items]
        at = service.value_at(value)
        return (Edit(at.file, at.start, at.end, "{" + ", ".join(told) + "}"),)
    return tuple(
        Edit(
            one.place.file,
            *_item(service, one.span.start, one.span.end),
            _long(service, one, name),
        )
        for one in value.items
    )


def _item(service: Service, start: int, end: int) -> tuple[int, int]:
    """An item of a block list with its dash."""
    text = service.compose.texts[service.value.place.file]
    return text.rfind("-", 0, start), end


def _long(service: Service, item: Value, name: str) -> str:
    """The item as a key; a list may stand below its key without indentation, a mapping may not."""
    around = service.value.mapping["depends_on"]
    is_indented = service.column(around) > around.place.column
    step = "" if is_indented else "  "
    column = item.place.column - 1 + len(step)
    return f"{step}{item.text}:\n{' ' * column}condition: {_condition(item.text, name)}"


def _condition(item: str, name: str) -> str:
    return "service_healthy" if item == name else "service_started"
