"""What a build downloads: weights that a RUN puts into a layer. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from argosy.dockerfiles.syntax import Command, Instruction
from argosy.lint.project.image import Image
from argosy.lint.project.weights import is_weights, is_weights_folder

_IN_PYTHON = re.compile(
    r"from_pretrained\(|(snapshot_download|hf_hub_download)(\(| as )|torch\.hub\.load\("
    r"|(SentenceTransformer|CrossEncoder|WhisperModel|pipeline|YOLO|whisper\.load_model)\([\"'\w]"
)
_HUB = re.compile(r"https?://(huggingface\.co|hf-mirror\.com|civitai\.com)/|hf://")
# The words behind a program that make it fetch weights.
_VERBS = {
    "bentoml": ("models pull", "models import"),
    "comfy": ("model download",),
    "dvc": ("pull", "fetch"),
    "git": ("lfs pull", "lfs clone", "lfs fetch"),
    "hf": ("download",),
    "huggingface-cli": ("download",),
    "mlflow": ("artifacts download",),
    "modelscope": ("download",),
    "ollama": ("pull", "run"),
    "text-generation-server": ("download-weights",),
}
_FETCHERS = {"aria2c", "axel", "curl", "gdown", "wget"}
_BUCKETS = {"aws", "azcopy", "gcloud", "gsutil", "mc", "rclone", "s3cmd", "s5cmd"}
_PROGRAMS = _FETCHERS | _BUCKETS | _VERBS.keys()
_PYTHON = re.compile(r"python[\d.]*")
_SCRIPT = re.compile(r"\S*download\S*(model|weight)\S*\.py|\S*(model|weight)\S*download\S*\.py")
_SMALL_FILE = re.compile(r"\.(json|md|py|toml|txt|whl|deb|ya?ml|sh)$")


def weights_download(image: Image, instruction: Instruction) -> str:
    """The command of a RUN that downloads weights, shortened; empty where none does."""
    for command in instruction.commands:
        if _fetches(image, command):
            text = " ".join(" ".join(command.texts).split())
            return text if len(text) <= 60 else f"{text[:57]}…"
    if not instruction.heredocs:
        return ""
    found = (_IN_PYTHON.search(one.text) for one in instruction.heredocs)
    return next((f"{one[0]}…" for one in found if one), "")


def _fetches(image: Image, command: Command) -> bool:
    program = command.program
    is_python = program[:6] == "python" and bool(_PYTHON.fullmatch(program))
    if not is_python and program not in _PROGRAMS:
        return False
    words = command.texts
    text = " ".join(words)
    if program == "git" and "clone" in words:
        return bool(_HUB.search(text))
    if any(f" {verb} " in f"{text} " for verb in _VERBS.get(program, ())):
        return program not in ("hf", "huggingface-cli") or _takes_weights(words)
    if program in _FETCHERS:
        return any(map(is_weights, words[1:])) or bool(_HUB.search(text) and "/resolve/" in text)
    if program in _BUCKETS:
        return any(_is_in_bucket(one) for one in words[1:])
    return is_python and _is_fetched_by_python(image, words)


def _takes_weights(words: Sequence[str]) -> bool:
    """Whether more than a tokenizer or a configuration is downloaded from the Hub."""
    behind = words[words.index("download") + 1 :]
    if "dataset" in behind or "--repo-type=dataset" in behind:
        return False
    named = [one for one in behind[1:] if re.search(r"\w\.\w+$|\*", one) and "/" not in one]
    is_left_out = "--exclude" in behind
    return is_left_out or not named or not all(map(_SMALL_FILE.search, named))


def _is_in_bucket(word: str) -> bool:
    """`s3://bucket/models/…` and its like; not what is small by its name."""
    found = re.match(r"[a-z0-9]+:(?://)?(.+)", word)
    if found is None or _SMALL_FILE.search(word):
        return False
    return is_weights(word) or any(map(is_weights_folder, found[1].rstrip("/").split("/")))


def _is_fetched_by_python(image: Image, words: Sequence[str]) -> bool:
    text = " ".join(words)
    if words[1:2] == ("-c",):
        return bool(_IN_PYTHON.search(text))
    if re.search(r" -m spacy download \w+_(lg|trf)\b", text):
        return True
    if _SCRIPT.search(text):
        return True
    script = next((one for one in words[1:] if one.endswith(".py")), "")
    name = script.rpartition("/")[2]
    return bool(name) and any(
        one.file.name == name and _calls_hub(one.text) for one in image.programs
    )


@lru_cache(maxsize=256)
def _calls_hub(text: str) -> bool:
    return bool(_IN_PYTHON.search(text))
