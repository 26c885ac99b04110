"""Where the weights of a model come from: a folder that is mounted, or a hub. No I/O here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from argosy.imported.draft import Draft
from argosy.imported.service import Mount
from argosy.imported.words import Flag
from argosy.stack.document import Keys

CACHES = re.compile(r"(\.cache|/cache)(/|$)|huggingface|^/data$", re.IGNORECASE)
_NO_CACHE = "no cache is needed: the weights come from `weights`"


def carry(
    draft: Draft,
    path: Keys,
    text: str,
    about: str,
    revision: str = "",
    also: Sequence[Keys] = (),
) -> None:
    """The weights that a flag or variable names: a path of the container, or an id of a hub."""
    if text.startswith(("/", "./")) or draft.service.at_host(text):
        _carry_mounted(draft, path, text, about, also)
    elif re.match(r"(https?|s3|gs)://", text):
        name = re.sub(r"[?#].*$", "", text).rpartition("/")[2] or draft.name
        command = f"curl -L --create-dirs -o {_place(name)} {shlex.quote(text)}"
        _carry_download(draft, path, name, command, about, also)
    else:
        name = text.rpartition("/")[2]
        get = f"uvx --from huggingface_hub hf download {shlex.quote(text)}"
        if revision:
            get += f" --revision {shlex.quote(revision)}"
        _carry_download(draft, path, name, f"{get} --local-dir {_place(name)}", about, also)


def carry_hub_file(draft: Draft, flag: Flag, repository: str, file: str, about: str) -> None:
    """One file of a repository of Hugging Face."""
    get = f"uvx --from huggingface_hub hf download {shlex.quote(repository)} {shlex.quote(file)}"
    _carry_download(draft, flag.path, file, f"{get} --local-dir weights", about, flag.paths)


def carry_caches(draft: Draft) -> None:
    """Mounts that hold what was downloaded before."""
    for mount in draft.service.mounts:
        if draft.is_open(*mount.path) and CACHES.search(mount.target):
            source = _device(draft, mount.source) or mount.source
            where = f"; perhaps what is to be there lies in {source}" if source else ""
            draft.leave(mount.path, f"{_NO_CACHE}{where}")
    for name, variable in draft.service.environment.items():
        is_cache = re.fullmatch(r"(HF|TRANSFORMERS|HUGGINGFACE|HUB|TORCH)_\w*(HOME|CACHE)", name)
        if is_cache or name in (
            "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
            "HF_HUB_ENABLE_HF_TRANSFER",
        ):
            draft.leave(variable.path, _NO_CACHE)


def mounted(draft: Draft, mount: Mount, text: str) -> tuple[str, str]:
    """The path here of a path of the container, and what to do first, if anything."""
    rest = text[len(mount.target.rstrip("/")) :].strip("/")
    if mount.kind == "bind":
        return _joined(draft.local(mount.origin, mount.source), rest), ""
    if device := _device(draft, mount.source):
        return _joined(device, rest), ""
    name = rest or mount.source
    here = f"./weights/{name.rpartition('/')[2]}"
    what = f"the volume {mount.source} belongs to Docker: copy {text} out of it to {here}"
    return here, what


def _carry_mounted(draft: Draft, path: Keys, text: str, about: str, also: Sequence[Keys]) -> None:
    mount = draft.service.at_host(text)
    if mount is None:
        here = f"./weights/{text.rstrip('/').rpartition('/')[2]}"
        what = f"it lies inside of the image at {text}: copy it out, to {here} (`docker cp`)"
        draft.ask(path, what, ("weights",), here, about, also)
        return
    here, first = mounted(draft, mount, text)
    if first:
        draft.ask(path, first, ("weights",), here, about, also)
        draft.change(mount.path, first)
    else:
        draft.carry(path, ("weights",), here, about, also)
        draft.carry(mount.path, ("weights",), here)


def _carry_download(
    draft: Draft, path: Keys, name: str, command: str, about: str, also: Sequence[Keys]
) -> None:
    text = f"not downloaded at the start: do it once, in this folder: {command}"
    draft.ask(path, text, ("weights",), f"./weights/{name}", about, also)


def _place(name: str) -> str:
    """Where a download goes, in a command of the stack file's folder."""
    return shlex.quote(f"weights/{name}")


def _device(draft: Draft, volume: str) -> str:
    """The folder that a volume of the file is bound to, if it is."""
    options = draft.service.file.root.below(("volumes", volume, "driver_opts"))
    if options is None or "bind" not in options.word("o"):
        return ""
    device = options.mapping.get("device")
    return draft.local(device.place.file.parent, device.text) if device else ""


def _joined(folder: str, rest: str) -> str:
    return f"{folder.rstrip('/')}/{rest}" if rest else folder
