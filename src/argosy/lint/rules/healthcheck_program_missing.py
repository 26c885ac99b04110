"""A health check runs a program that the image does not have

The check fails every time, and Docker tells nobody why unless `docker inspect` is asked.

Why:
    Slim Python images, NVIDIA's CUDA images and Ollama's have no curl. The container is unhealthy
    for ever, and what waits for it never starts.

Example:
    image: ollama/ollama:0.12.6
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:11434/"]

Instead:
    image: ollama/ollama:0.12.6
    healthcheck:
      test: ["CMD", "ollama", "list"]

Source:
    The images' own Dockerfiles. In an image with Python,
    `python -c "import urllib.request as u; u.urlopen('http://localhost:8000/health')"` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.image import Image, flag
from argosy.lint.project.known_images import KnownImage, has
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Healthcheck

CODE = "AI309"
SEVERITY = "error"
FIX = "unsafe"

_KNOWN = ("curl", "wget")


def check(project: Project) -> Iterator[Finding]:
    """Programs that are known to be missing; of what nobody knows nothing is said."""
    for service in project.services:
        found = service.healthcheck
        if found is None or found.disabled or found.value is None:
            continue
        for program in found.programs:
            if lacks(program, service.image.text, service.built):
                yield Finding(
                    service.at_path("healthcheck", "test"),
                    f"`{program}` is not in {_shown(service)}, so this check never passes",
                    "Use a program that is there, as Python's urllib, or install it.",
                    service.name,
                    fix=_fix(service, found),
                )
                break
    for image in project.images:
        asked = image.stage.last("HEALTHCHECK")
        services = project.services_of(image)
        if asked is None or (services and all(one.has("healthcheck") for one in services)):
            continue
        for command in asked.commands:
            if lacks(command.program, image.base.text, image):
                yield Finding(
                    image.at(asked),
                    f"`{command.program}` is not in this image, so this check never passes",
                    "Use a program that is there, as Python's urllib, or install it.",
                    fix=_fix_of_image(image, asked),
                )
                break


def lacks(program: str, base: str, built: Image | None) -> bool:
    """Whether a program is known to be missing in an image."""
    if program not in _KNOWN or has(program, base) is not False:
        return False
    return built is None or not (built.has_run(program) or _is_copied(built, program))


def _is_copied(image: Image, program: str) -> bool:
    copies = (one for one in image.instructions if one.keyword in ("COPY", "ADD"))
    return any(
        program in word.text for one in copies if flag(one, "from") for word in one.words
    ) or any(
        f"/bin/{program}" in word
        for one in image.instructions
        if one.keyword == "RUN"
        for command in one.commands
        for word in command.texts
    )


def _shown(service: Service) -> str:
    return "the image that is built" if service.built else f"`{service.image.text}`"


def _fix(service: Service, found: Healthcheck) -> tuple[Edit, ...]:
    test = service.value.below(("healthcheck", "test"))
    if (
        test is None
        or test.shared
        or test.anchored
        or not _has_python(service.image, service.built)
    ):
        return ()
    words = _asking(found.test.text)
    if not words or "$" in service.written(test) or test.style in ("|", ">"):
        return ()
    if test.style == "block":
        inside = " " * (service.column(test) - 1)
        block = f"\n{inside}".join(f"- {json.dumps(one)}" for one in ["CMD", *words])
        return replaced(service.value_at(test), block)
    return replaced(service.value_at(test), json.dumps(["CMD", *words]))


def _fix_of_image(image: Image, asked: Instruction) -> tuple[Edit, ...]:
    text = image.dockerfile.text[asked.span.start : asked.span.end]
    found = re.search(r"(?i)(?<=\s)CMD\s+(?=\S)", text)
    words = _asking(text[found.end() :]) if found else []
    if found is None or not words or not _has_python(image.base, image):
        return ()
    at = At(image.file, asked.span.start + found.end(), asked.span.end)
    return replaced(at, json.dumps(words))


def _has_python(name: KnownImage, built: Image | None) -> bool:
    return bool(has("python", name.text)) or (built is not None and bool(built.installs))


def _asking(text: str) -> list[str]:
    """Python that fetches what a command fetches; nothing for one that does more than that."""
    urls = re.findall(r"https?://[^\s\"'\\)\],]+", text)
    is_plain = not re.search(r"\s(-d|--data|--json|-X|-H|--post|\|\s)|\$|\bgrep\b", text)
    if len(urls) != 1 or not is_plain:
        return []
    return ["python3", "-c", f"import urllib.request as u; u.urlopen('{urls[0]}', timeout=5)"]
