"""A build downloads weights

They become a layer, as if they had been copied, and nobody sees which version it was.

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

import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Command, Instruction
from argosy.lint.finding import Finding
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights

CODE = "AI103"
SEVERITY = "error"

_IN_PYTHON = re.compile(
    r"from_pretrained\(|snapshot_download\(|hf_hub_download\(|SentenceTransformer\([\"']|CrossEncoder\([\"']"
    r"|whisper\.load_model\(|WhisperModel\([\"']|torch\.hub\.load\(|pipeline\([\"']|YOLO\([\"']"
)
_HUB = re.compile(r"https?://(huggingface\.co|hf-mirror\.com|civitai\.com)/|hf://")


def check(project: Project) -> Iterator[Finding]:
    """RUN in every stage that takes part."""
    for image in project.images:
        for stage in image.stages:
            for instruction in stage.instructions:
                told = _fetch(instruction) if instruction.keyword == "RUN" else ""
                if told:
                    yield Finding(
                        image.at(instruction),
                        f"`{told}` puts weights into a layer, in whichever version there is today",
                        "Fetch them when it starts, into a volume, or mount them.",
                    )


def _fetch(instruction: Instruction) -> str:
    """The command that downloads weights, shortened; empty where none does."""
    if any(_IN_PYTHON.search(one.text) for one in instruction.heredocs):
        return "RUN <<…"
    for command in instruction.commands:
        if _fetches(command):
            text = " ".join(word.text for word in command.words)
            return text if len(text) <= 60 else f"{text[:57]}…"
    return ""


def _fetches(command: Command) -> bool:
    words = [one.text for one in command.words]
    text = " ".join(words)
    program = command.program
    if program in ("hf", "huggingface-cli", "modelscope"):
        return "download" in words
    if program == "ollama":
        return "pull" in words
    if program == "git":
        return ("clone" in words and bool(_HUB.search(text))) or words[1:3] in (
            ["lfs", "pull"],
            ["lfs", "clone"],
        )
    if program in ("wget", "curl", "aria2c", "axel", "aws", "gsutil", "gcloud", "s5cmd", "gdown"):
        is_file = any(is_weights(one.partition("?")[0]) for one in words[1:])
        return is_file or bool(re.search(r"huggingface\.co/\S+/resolve/", text))
    if re.fullmatch(r"python[\d.]*", program):
        return bool(_IN_PYTHON.search(text)) or bool(
            re.search(
                r"\S*download\S*(model|weight)\S*\.py|\S*(model|weight)\S*download\S*\.py", text
            )
        )
    return False
