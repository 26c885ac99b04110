"""All that an image is made from, worked out of a revision. Pure: nothing is read, nothing is run.

The base has the Python of whoever builds, and the runner runs on that: so base and runner are one
for all models of a stack. A model with another Python gets that one copied from its own image,
which costs less than a second base with a second runner.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from argosy.images.packages import Packages
from argosy.stack.revision import Revision
from argosy_runner import engines

RUNNER_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
UV = f"ghcr.io/astral-sh/uv:{version('uv')}"  # the one that has resolved the lock


@dataclass(frozen=True)
class Recipe:
    """What a Dockerfile and the folder beside it depend on.

    ``base`` and ``interpreter`` are names of images; there is an ``interpreter`` only where the
    base's Python is not the model's. ``weights`` is the name of what lies in the folder
    ``weights``, empty where they are mounted. ``variables`` are names that the container is given.
    ``unused`` are paths below ``site-packages`` that nobody can import.
    """

    model: str
    revision: str
    digest: str
    base: str
    uv: str
    runner_python: str
    python: str
    interpreter: str
    packages: Packages
    has_code: bool = False
    weights: str = ""
    served: bool = False
    uses_gpu: bool = False
    variables: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def recipe(
    revision: Revision,
    packages: Packages,
    digests: Mapping[str, str],
    runner_python: str = RUNNER_PYTHON,
) -> Recipe:
    """``digests`` are those of images that are known, by name: these are pinned by them."""
    model = revision.model
    python = minor(revision.lock.python)
    base = model.image.base or slim(runner_python)
    interpreter = "" if python == runner_python else slim(python)
    in_image = revision.weights if model.weights_in_image else None
    return Recipe(
        model=model.name,
        revision=f"r{revision.number}",
        digest=revision.digest,
        base=pinned(base, digests),
        uv=pinned(UV, digests),
        runner_python=runner_python,
        python=python,
        interpreter=pinned(interpreter, digests),
        packages=packages,
        has_code=revision.code is not None,
        weights=in_image.name if in_image else "",
        served=engines.is_served(model.engine),
        uses_gpu=model.resources.uses_gpu,
        variables=tuple(sorted({*model.env, *model.secrets})),
        unused=() if revision.code else engines.unused(model.engine),
    )


def sources(revision: Revision, runner_python: str = RUNNER_PYTHON) -> tuple[str, ...]:
    """The images that this revision's is made from, by their plain names."""
    python = minor(revision.lock.python)
    own = () if python == runner_python else (slim(python),)
    return (revision.model.image.base or slim(runner_python), *own)


def slim(python: str) -> str:
    """Docker's official image of this Python without compilers: on a CPU and on a GPU."""
    return f"python:{python}-slim"


def minor(python: str) -> str:
    """``3.11`` of ``3.11.7``."""
    return ".".join(python.split(".")[:2])


def pinned(name: str, digests: Mapping[str, str]) -> str:
    """``python:3.11-slim@sha256:…`` where the digest is known."""
    digest = digests.get(name, "")
    return f"{name}@{digest}" if digest and "@" not in name else name
