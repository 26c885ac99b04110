"""A program is started that was left behind

`pip install --target` puts programs such as `uvicorn` into `<target>/bin`, which is on no PATH once
the folder is copied into another stage.

Why:
    The container ends at once: "exec: uvicorn: executable file not found in $PATH".

Example:
    RUN pip install --target /build/packages -r requirements.txt
    COPY --from=builder /build/packages /usr/local/lib/python3.11/site-packages/
    CMD ["uvicorn", "app:app"]

Instead:
    CMD ["python", "-m", "uvicorn", "app:app"]

Source:
    Tried: pip 25 writes the scripts below the target. A virtual environment that is copied whole
    keeps them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Word
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.copying import places_kept
from argosy.lint.project.image import Image
from argosy.lint.project.install import Install
from argosy.lint.project.project import Project

CODE = "AI115"
SEVERITY = "error"
FIX = "safe"

# Programs of packages that can be started as modules, too.
_SCRIPTS = {
    "bentoml": "bentoml", "celery": "celery", "daphne": "daphne", "fastapi": "fastapi",
    "flask": "flask", "granian": "granian", "gunicorn": "gunicorn", "hypercorn": "hypercorn",
    "streamlit": "streamlit", "torchrun": "torch.distributed.run", "uvicorn": "uvicorn",
    "vllm": "vllm.entrypoints.cli.main", "waitress-serve": "waitress",
}  # fmt: skip
_PACKAGES = {"waitress-serve": "waitress", "torchrun": "torch"}


def check(project: Project) -> Iterator[Finding]:
    """CMD and ENTRYPOINT of an image whose packages come from a ``--target``."""
    for image in project.images:
        lost = _lost(image)
        for keyword in ("ENTRYPOINT", "CMD") if lost else ():
            found = image.stage.last(keyword)
            words = found.commands[0].words if found and found.commands else ()
            program = words[0].text if words else ""
            if found is None or program not in _SCRIPTS or not project.runs_itself(image, keyword):
                continue
            if _is_elsewhere(image, program):
                continue
            python = f"{_python(image)} -m {_SCRIPTS[program]}"
            yield Finding(
                image.at(found),
                f"`{program}` is not on PATH: `--target` has put it into `{lost}/bin`",
                f"Start it as `{python}`.",
                fix=_fix(image, words[0], python),
            )


def _lost(image: Image) -> str:
    """Where the folder of a ``--target`` lies at last; empty where its programs are on PATH."""
    path = [one.rstrip("/") for one in image.variable("PATH").split(":")]
    for install in image.installs:
        option = install.option("--target", "-t")
        if option is None:
            continue
        folder = posixpath.normpath(posixpath.join("/", option.value))
        programs = [*places_kept(image, install.stage, f"{folder}/bin")]
        places = [*places_kept(image, install.stage, folder)]
        known = {"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", *path}
        if places and not any(one in known for one in programs):
            return places[0]
    return ""


def _is_elsewhere(image: Image, program: str) -> bool:
    """Whether it may come from the base image or from an install without a target."""
    package = _PACKAGES.get(program, program)
    if package in image.base.path:
        return True
    return any(
        not install.option("--target", "-t") and _may_install(image, install, package)
        for install in image.installs
        if any(install.instruction is one for one in image.instructions)
    )


def _may_install(image: Image, install: Install, package: str) -> bool:
    lists = [image.requirements[name] for name in install.files if name in image.requirements]
    named = [*install.packages, *(one for listed in lists for one in listed.packages)]
    is_known = install.is_whole or (bool(lists) and len(lists) == len(install.files))
    return not is_known or any(one.name == package for one in named)


def _python(image: Image) -> str:
    return "python" if "python" in image.base.path else "python3"


def _fix(image: Image, word: Word, python: str) -> tuple[Edit, ...]:
    start, end = word.span.start, word.span.end
    written = image.dockerfile.text[start:end]
    if written == f'"{word.text}"':
        python = ", ".join(f'"{one}"' for one in python.split())
    elif written != word.text:
        return ()
    return (Edit(image.file, start, end, python),)
