"""llama.cpp's server: image ``ggml-org/llama.cpp:server…``, ``llama-server``, or llama-cpp-python.

Becomes the engine `llama-cpp`, which is the server of llama-cpp-python: flags that it has, too,
become `options` under its names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from argosy.compose_files.amounts import scalar
from argosy.imported import weights
from argosy.imported.draft import Draft
from argosy.imported.service import Service
from argosy.imported.words import Flag, Word, flags, without_shell
from argosy.stack.document import Keys

TITLE = "llama.cpp"
PROGRAMS = ("llama-server", "server", "llama_cpp.server")

# Flags of llama-server by the name that llama-cpp-python's server has for them.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "n_ctx": ("c", "ctx-size", "n-ctx"),
    "n_gpu_layers": ("ngl", "n-gpu-layers", "gpu-layers"),
    "n_threads": ("t", "threads"),
    "n_threads_batch": ("tb", "threads-batch"),
    "n_batch": ("b", "batch-size"),
    "n_ubatch": ("ub", "ubatch-size"),
    "main_gpu": ("mg", "main-gpu"),
    "rope_freq_base": ("rope-freq-base",),
    "rope_freq_scale": ("rope-freq-scale",),
    "seed": ("s", "seed"),
}
TRUE: Mapping[str, tuple[str, bool]] = {
    "mlock": ("use_mlock", True),
    "no-mmap": ("use_mmap", False),
    "embedding": ("embedding", True),
    "embeddings": ("embedding", True),
}
NOT_THERE: Mapping[str, str] = {
    "np": "requests wait for one another in this engine",
    "n-parallel": "requests wait for one another in this engine",
    "parallel": "requests wait for one another in this engine",
    "cb": "requests wait for one another in this engine",
    "cont-batching": "requests wait for one another in this engine",
    "metrics": "this engine has no metrics of its own; those of the gateway say who waits",
    "jinja": "`options: {chat_format: …}` names a format",
    "chat-template": "`options: {chat_format: …}` names a format",
    "mmproj": "`options: {clip_model_path: …}` names a file that its container can read",
}
ALONE = r"--(mlock|no-mmap|embeddings?|metrics|cont-batching|jinja)|-cb"
_MODEL, _ALIAS = ("m", "model"), ("a", "alias", "model_alias", "model-alias")
_REPOSITORY, _FILE = ("hf", "hfr", "hf-repo"), ("hff", "hf-file")
_VARIABLE = "LLAMA_ARG_"


def recognises(service: Service) -> bool:
    """By its image, or by what is run."""
    if re.search(r"(^|/)(llama[.-]?cpp|llama-cpp-python|llama-server)", service.image_name):
        return True
    return any(
        re.search(r"(^|/)llama-server$|^llama_cpp\.server$", one.text) for one in _words(service)
    )


def served_name(service: Service) -> str:
    """What ``--alias`` says."""
    return next((one.text for one in _flags(service) if _plain(one) in _ALIAS), "")


def fill(draft: Draft) -> None:
    """Engine, weights, options."""
    draft.keys["engine"] = "llama-cpp"
    given = [*_flags(draft.service), *_of_variables(draft.service)]
    _carry_model(draft, given)
    for flag in given:
        if draft.is_open(*flag.path) or flag.path == ("command",):
            _carry_flag(draft, flag)
    for word in draft.service.command:
        if draft.is_open(*word.path):
            draft.change(word.path, "the engine has a command of its own")
    draft.say_besides(PROGRAMS)
    weights.carry_caches(draft)
    text = (
        "the engine brings the server of llama-cpp-python, compiled where it is installed, for a "
        "GPU with CMAKE_ARGS=-DGGML_CUDA=on; llama-server itself runs by the engine `command`"
    )
    draft.ask(("image",), text, ("engine",))


def _words(service: Service) -> tuple[Word, ...]:
    return without_shell(service.command, PROGRAMS)


def _flags(service: Service) -> list[Flag]:
    given = _words(service)
    programs = [index for index, one in enumerate(given) if one.text.rpartition("/")[2] in PROGRAMS]
    return flags(given[programs[0] + 1 if programs else 0 :], alone=ALONE)[0]


def _of_variables(service: Service) -> list[Flag]:
    """``LLAMA_ARG_CTX_SIZE=4096`` is ``--ctx-size 4096``."""
    found = []
    for name, variable in service.environment.items():
        if name.startswith(_VARIABLE):
            flag = f"--{name.removeprefix(_VARIABLE).lower().replace('_', '-')}"
            word = Word(variable.text, variable.raw or "", variable.path)
            found.append(Flag(flag, (word,), (variable.path,)))
    return found


def _plain(flag: Flag) -> str:
    return flag.name.lstrip("-")


def _carry_model(draft: Draft, given: list[Flag]) -> None:
    named = {_plain(one): one for one in given if one.values}
    for name in (*_MODEL, "mu", "model-url"):
        if name in named:
            flag = named[name]
            weights.carry(draft, flag.path, flag.text, _about(flag), also=flag.paths)
            return
    file = next((named[one] for one in _FILE if one in named), None)
    for name in _REPOSITORY:
        if name in named:
            _carry_repository(draft, named[name], file)
            return
    text = "its command names no model: name a .gguf file"
    draft.ask(("image",), text, ("weights",), f"./weights/{draft.name}.gguf")


def _carry_repository(draft: Draft, flag: Flag, file: Flag | None) -> None:
    """``owner/name:Q4_K_M`` names a quantization, of which the hub knows the file."""
    repository, _, kind = flag.text.partition(":")
    if file is not None:
        weights.carry_hub_file(draft, flag, repository, file.text, _about(flag))
        text = "part of the command that downloads"
        draft.change(file.path, text, about=_about(file), also=file.paths)
        return
    name = f"{repository.rpartition('/')[2]}{'-' + kind if kind else ''}"
    here = f"./weights/{name}"
    pattern = f"*{kind or 'Q4_K_M'}*.gguf"
    get = f"uvx --from huggingface_hub hf download {repository} --include '{pattern}'"
    text = f"not downloaded at the start: do it once, in this folder: {get} --local-dir {here[2:]}"
    draft.ask(flag.path, text, ("weights",), here, _about(flag), flag.paths)


def _carry_flag(draft: Draft, flag: Flag) -> None:
    name, about = _plain(flag), _about(flag)
    known = next((ours for ours, theirs in OPTIONS.items() if name in theirs or name == ours), "")
    is_python = any(one.text == "llama_cpp.server" for one in draft.service.command)
    if name in (*_MODEL, "mu", "model-url", *_REPOSITORY, *_FILE):
        return
    if name in ("host", "port"):
        draft.change(flag.path, "Argosy says where it listens", about=about, also=flag.paths)
    elif name in ("api-key", "api-key-file", "api_key"):
        draft.wants_keys = True
        text = "keys are the gateway's: `argosy keys create NAME` makes one for each caller"
        draft.change(flag.path, text, about=about, also=flag.paths)
    elif name in _ALIAS:
        text = "it is the model's name"
        if flag.text != draft.name:
            text = f"callers ask for `{draft.name}` instead of `{flag.text}`"
        draft.change(flag.path, text, about=about, also=flag.paths)
    elif name in TRUE and not is_python:
        option, value = TRUE[name]
        _option(draft, flag, option, value)
    elif name in ("fa", "flash-attn"):
        _option(draft, flag, "flash_attn", flag.text not in ("off", "false", "0"))
    elif (known or is_python) and flag.values:
        option = known or name
        values = [scalar(one.raw) for one in flag.values]
        _option(draft, flag, option, values if len(values) > 1 else values[0])
    else:
        text = NOT_THERE.get(name, "the engine llama-cpp has no such option")
        draft.leave(flag.path, text, about, flag.paths)


def _option(draft: Draft, flag: Flag, option: str, value: object) -> None:
    at: Keys = ("options", option)
    draft.carry(flag.path, at, value, _about(flag), flag.paths)


def _about(flag: Flag) -> str:
    return flag.name if flag.path[0] in ("command", "entrypoint") else ""
