"""A build downloads weights

They become a layer, as if they had been copied, and nobody sees which version it was. A tokenizer
or a configuration alone is small and does not count.

Why:
    The download is repeated whenever a line above it changes, and cached for ever when none does:
    the image then holds last month's model. A token for it may stay in the history.

Example:
    RUN hf download org/model

Instead:
    # compose.yaml, fetched once and kept
    volumes: ["model-cache:/root/.cache/huggingface"]

Source:
    Docker documentation, build cache: a RUN is repeated only if its text changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.build_downloads import weights_download
from argosy.lint.project.project import Project

CODE = "AI103"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """RUN in every stage that takes part."""
    for image in project.images:
        for stage in image.stages:
            for instruction in image.steps(stage):
                told = weights_download(image, instruction) if instruction.keyword == "RUN" else ""
                if told:
                    yield Finding(
                        image.at(instruction),
                        f"`{told}` puts weights into a layer, in whichever version there is today",
                        "Fetch them when it starts, into a volume, or mount them.",
                    )
