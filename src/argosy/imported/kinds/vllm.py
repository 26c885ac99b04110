"""vLLM's OpenAI server: image ``vllm/vllm-openai``, or ``vllm serve`` in the command.

Becomes the engine `vllm`: flags become `options`, `--model` the `weights`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from argosy.compose_files.amounts import scalar
from argosy.imported import weights
from argosy.imported.draft import Draft
from argosy.imported.service import Service
from argosy.imported.words import Flag, Word, flags, without_shell
from argosy.stack.document import Keys

TITLE = "vLLM"
PROGRAMS = ("vllm", "vllm.entrypoints.openai.api_server", "api_server")
SHORT = {
    "tp": "tensor-parallel-size",
    "pp": "pipeline-parallel-size",
    "dp": "data-parallel-size",
    "ep": "enable-expert-parallel",
    "q": "quantization",
    "m": "model",
}
_LISTENS = "Argosy says where it listens"
_TLS = "TLS is the gateway's: `gateway: {tls: …}`"
_UNKNOWN = "which flag this is cannot be known: write its long form under `options`"
OURS = {
    "host": _LISTENS,
    "port": _LISTENS,
    "uds": _LISTENS,
    "root-path": "the gateway leads to it",
    "revision": "part of the command that downloads",
}
LEFT = {
    "ssl-keyfile": _TLS,
    "ssl-certfile": _TLS,
    "ssl-ca-certs": _TLS,
    "download-dir": "the weights are a folder here, which is not downloaded",
}
ALONE = r"--(enable|disable|no|enforce|trust|async|use)-[a-z-]+"


def recognises(service: Service) -> bool:
    """By its image, or by what is run."""
    if re.search(r"(^|/)vllm(-|/|$)", service.image_name):
        return True
    return any(
        one.text == "vllm" or one.text.startswith("vllm.entrypoints") for one in _words(service)
    )


def served_name(service: Service) -> str:
    """What ``--served-model-name`` says."""
    given, _ = _flags(service)
    return next((one.text for one in given if one.name == "--served-model-name"), "")


def gpus(draft: Draft) -> int:
    """As many as the command splits the model over."""
    options = draft.keys.get("options", {})
    sizes = [options.get(one, 1) for one in ("tensor-parallel-size", "pipeline-parallel-size")]
    count = 1
    for size in sizes:
        count *= size if isinstance(size, int) else 1
    return count


def fill(draft: Draft) -> None:
    """Engine, weights, options."""
    draft.keys["engine"] = "vllm"
    given, before = _flags(draft.service)
    revision = next((one.text for one in given if one.name == "--revision"), "")
    _carry_model(draft, given, before, revision)
    for flag in given:
        _carry_flag(draft, flag)
    for word in _words(draft.service):
        if word.path and draft.is_open(*word.path):
            draft.change(word.path, "the engine has a command of its own")
    if variable := draft.service.environment.get("VLLM_API_KEY"):
        _keys(draft, variable.path, "")
    draft.say_besides(PROGRAMS)
    weights.carry_caches(draft)
    _carry_image(draft)


def _words(service: Service) -> tuple[Word, ...]:
    return without_shell(service.command, PROGRAMS)


def _flags(service: Service) -> tuple[list[Flag], list[Word]]:
    """The flags, and the words before them that are not the program: the model of `vllm serve`."""
    given = list(_words(service))
    while given and (
        re.search(r"(^|/)(python[0-9.]*|vllm)$", given[0].text)
        or given[0].text in ("-m", "serve", "-u")
        or given[0].text.startswith("vllm.entrypoints")
    ):
        given.pop(0)
    return flags(given, alone=ALONE)


def _carry_model(draft: Draft, given: list[Flag], before: list[Word], revision: str) -> None:
    model = next((one for one in given if one.name in ("--model", "-m") and one.values), None)
    if model is not None:
        weights.carry(draft, model.path, model.text, "--model", revision, model.paths[1:])
    elif before:
        weights.carry(draft, before[0].path, before[0].text, "", revision)
    else:
        text = "its command names no model: name the folder of its weights"
        draft.ask(("image",), text, ("weights",), f"./weights/{draft.name}")


def _carry_flag(draft: Draft, flag: Flag) -> None:
    name = _long_name(flag)
    if name == "model":
        return
    if name == "served-model-name":
        _carry_name(draft, flag)
    elif name == "api-key":
        _keys(draft, flag.path, flag.name, flag.paths)
    elif name in OURS:
        draft.change(flag.path, OURS[name], about=flag.name, also=flag.paths)
    elif name in LEFT:
        draft.leave(flag.path, LEFT[name], flag.name, flag.paths)
    elif not name:
        draft.leave(flag.path, _UNKNOWN, flag.name, flag.paths)
    else:
        _carry_option(draft, flag, name)


def _long_name(flag: Flag) -> str:
    """Without dashes; empty for a short one that is not known, and for what no option can be."""
    name = flag.name.lstrip("-")
    if not flag.name.startswith("--"):
        return SHORT.get(name, "")
    plain = name.replace("_", "-") if "." not in name else name
    return plain if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9_.-]+)?", plain) else ""


def _carry_option(draft: Draft, flag: Flag, name: str) -> None:
    value: object = True
    if flag.values:
        values = [scalar(one.raw) for one in flag.values]
        value = values if len(values) > 1 else values[0]
    elif name.startswith("no-"):
        name, value = name.removeprefix("no-"), False
    option, _, inner = name.partition(".")
    at = ("options", option, *(one.replace("-", "_") for one in inner.split(".") if one))
    if path := _container_path(draft, flag):
        text = f"{path} is not mounted: put it into a `code` folder"
        draft.ask(flag.path, text, at, value, flag.name, flag.paths)
    else:
        draft.carry(flag.path, at, value, flag.name, flag.paths)


def _container_path(draft: Draft, flag: Flag) -> str:
    """A value that is a file in something that is mounted."""
    paths = (one.text for one in flag.values if one.text.startswith("/"))
    return next((one for one in paths if draft.service.at_host(one)), "")


def _carry_name(draft: Draft, flag: Flag) -> None:
    others = [one.text for one in flag.values if one.text != draft.name]
    if others:
        text = f"callers ask for `{draft.name}` instead of `{', '.join(others)}`"
        draft.ask(flag.path, text, ("engine",), about=flag.name, also=flag.paths)
    else:
        draft.change(flag.path, "it is the model's name", about=flag.name, also=flag.paths)


def _keys(draft: Draft, path: Keys, about: str, also: Sequence[Keys] = ()) -> None:
    draft.wants_keys = True
    text = "keys are the gateway's: `argosy keys create NAME` makes one for each caller"
    draft.change(path, text, about=about, also=also)


def _carry_image(draft: Draft) -> None:
    text = "the engine brings vLLM, locked for this model"
    if version := re.match(r"v?([0-9]+\.[0-9.]+[0-9])", draft.service.image_tag):
        text = (
            f"the engine brings the newest vLLM; to stay with {version[1]}, write "
            f"`vllm=={version[1]}` into requirements.txt of a `code` folder"
        )
        draft.comment(("engine",), text)
    draft.change(("image",), text, ("engine",))
