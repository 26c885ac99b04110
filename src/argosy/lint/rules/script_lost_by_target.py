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

import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.image import Image, flag
from argosy.lint.project.project import Project

CODE = "AI115"
SEVERITY = "error"
FIX = "safe"

# Programs of packages that can be started as modules, too.
_SCRIPTS = {
    "uvicorn": "uvicorn", "gunicorn": "gunicorn", "hypercorn": "hypercorn",
    "streamlit": "streamlit",
    "flask": "flask", "celery": "celery", "fastapi": "fastapi", "litserve": "litserve",
    "bentoml": "bentoml",
    "vllm": "vllm.entrypoints.cli.main", "daphne": "daphne", "waitress-serve": "waitress",
}  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """CMD and ENTRYPOINT of an image whose packages come from a ``--target`` of another stage."""
    for image in project.images:
        targets = _targets(image)
        if not targets or _is_on_path(image):
            continue
        for keyword in ("ENTRYPOINT", "CMD"):
            found = image.stage.last(keyword)
            words = [word for one in found.commands[:1] for word in one.words] if found else []
            if found is None or not words or words[0].text not in _SCRIPTS:
                continue
            module = _SCRIPTS[words[0].text]
            yield Finding(
                image.at(found),
                f"`{words[0].text}` is not on PATH: `--target {targets[0]}` has put it into "
                f"`{targets[0]}/bin`",
                f"Start it as `python -m {module}`.",
                fix=_fix(
                    image,
                    words[0].span.start,
                    words[0].span.end,
                    module,
                    is_list=found.form == "exec",
                ),
            )


def _targets(image: Image) -> list[str]:
    """Folders that were installed into in one stage and copied from it into the kept one."""
    copied = {
        source.text.rstrip("/")
        for one in image.instructions
        if one.keyword == "COPY" and flag(one, "from") and "bin" not in one.copies[1].text
        for source in one.copies[0]
    }
    named = [
        option.value.rstrip("/")
        for one in image.installs
        if (option := one.option("--target", "-t"))
    ]
    return [one for one in named if one in copied]


def _is_on_path(image: Image) -> bool:
    path = image.variable("PATH")
    return bool(re.search(r"packages/bin|deps/bin|site-packages/bin", path)) or any(
        f"{one}/bin" in path for one in _targets(image)
    )


def _fix(image: Image, start: int, end: int, module: str, *, is_list: bool) -> tuple[Edit, ...]:
    words = f'"python", "-m", "{module}"' if is_list else f"python -m {module}"
    return (Edit(image.file, start, end, words),)
