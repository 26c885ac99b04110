"""What a service may use: CPUs, memory, GPUs; as `resources` and `replicas`. No I/O here."""

from __future__ import annotations

import re

from argosy.compose_files.amounts import shown_size, size
from argosy.compose_files.tree import Value
from argosy.imported.draft import Draft
from argosy.stack.document import Keys

LIMITS = ("deploy", "resources", "limits")
RESERVED = ("deploy", "resources", "reservations")
CPUS: tuple[Keys, ...] = ((*LIMITS, "cpus"), ("cpus",))
MEMORY: tuple[Keys, ...] = ((*LIMITS, "memory"), ("mem_limit",))
HELD: tuple[Keys, ...] = ((*RESERVED, "cpus"), (*RESERVED, "memory"), ("mem_reservation",))
GPUS: tuple[Keys, ...] = ((*RESERVED, "devices"), ("gpus",))
REPLICAS: tuple[Keys, ...] = (("deploy", "replicas"), ("scale",))
LEAST_MEMORY = 32 << 20
LEAST_SHARED = 1 << 20
SHARED_WITH_HOST = "8GiB"

_GPU_DEVICE = r"[0-9]{1,3}|(GPU|MIG)-[A-Za-z0-9/-]+"
_HELD = "replicas get what they are limited to: set `resources`, which is reserved, too"


def carry(draft: Draft, gpus_meant: int = 0) -> None:
    """All that limits or reserves. ``gpus_meant`` is how many GPUs the engine is told to use."""
    for path in CPUS:
        _carry_cpus(draft, path)
    for path in MEMORY:
        _carry_size(draft, path, "memory", LEAST_MEMORY)
    _carry_size(draft, ("shm_size",), "shm_size", LEAST_SHARED)
    _carry_ipc(draft)
    if draft.service.has("cpuset"):
        draft.carry(("cpuset",), ("resources", "cpuset"), draft.service.text("cpuset"))
    _carry_gpus(draft, gpus_meant)
    for path in HELD:
        if draft.service.has(*path):
            draft.change(path, _HELD)
    _carry_replicas(draft)


def _carry_cpus(draft: Draft, path: Keys) -> None:
    text = draft.service.text(*path)
    try:
        cpus = float(text)
    except ValueError:
        if draft.service.has(*path):
            draft.leave(path, "this is no number: set `resources.cpus`")
        return
    if cpus <= 0:
        draft.change(path, "0 is no limit, as without the key")
        return
    value = int(cpus) if cpus == int(cpus) else cpus
    draft.carry(path, ("resources", "cpus"), value)


def _carry_size(draft: Draft, path: Keys, key: str, least: int) -> None:
    if not draft.service.has(*path):
        return
    text = draft.service.text(*path)
    count = size(text)
    if count is None or count < least:
        draft.leave(path, f"this is no size that a stack file takes: set `resources.{key}`")
        return
    draft.carry(path, ("resources", key), shown_size(text))


def _carry_ipc(draft: Draft) -> None:
    if draft.service.text("ipc") != "host":
        return
    text = (
        f"a /dev/shm of the model's own in place of the machine's; {SHARED_WITH_HOST} is a guess, "
        "which counts as memory where it is used"
    )
    value = None if draft.service.has("shm_size") else SHARED_WITH_HOST
    draft.ask(("ipc",), text, ("resources", "shm_size"), value)


def _carry_replicas(draft: Draft) -> None:
    for path in REPLICAS:
        text = draft.service.text(*path)
        if text.isdigit():
            draft.carry(path, ("replicas",), int(text))
    if draft.service.has("profiles"):
        text = "started only where a profile asks for it: `argosy scale {}=1` does"
        draft.ask(("profiles",), text.format(draft.name), ("replicas",), 0)


def _carry_gpus(draft: Draft, meant: int) -> None:
    """Every way in which GPUs are asked for; the first that says which or how many counts."""
    service = draft.service
    for path in GPUS:
        value = service.value.below(path)
        for index, one in enumerate(value.items if value else ()):
            _carry_device(draft, (*path, str(index)), one, meant)
    if service.text("gpus"):
        _set_count(draft, ("gpus",), service.text("gpus"), meant)
    _carry_cdi(draft)
    for name in ("NVIDIA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"):
        if name in service.environment:
            _carry_visible(draft, name, meant)
    if "NVIDIA_DRIVER_CAPABILITIES" in service.environment:
        path = service.environment["NVIDIA_DRIVER_CAPABILITIES"].path
        draft.change(path, "given with the GPUs")
    if service.has("runtime"):
        text = "`resources.gpus` asks for GPUs, the same on every Docker"
        draft.change(("runtime",), text)
        if service.text("runtime") == "nvidia" and not _has_gpus(draft):
            _set_count(draft, ("runtime",), "all", meant)


def _carry_device(draft: Draft, path: Keys, device: Value, meant: int) -> None:
    capabilities = device.mapping.get("capabilities")
    words = [one.text for one in capabilities.items] if capabilities else []
    driver = device.word("driver")
    if driver not in ("nvidia", "cdi", "") or (words and "gpu" not in words):
        draft.leave(path, f"devices of {driver} are not given to models; only NVIDIA's GPUs are")
        return
    if "device_ids" in device.mapping:
        _set_devices(draft, (*path, "device_ids"), _ids(draft, device.mapping["device_ids"]))
    else:
        at = (*path, "count" if "count" in device.mapping else "capabilities")
        _set_count(draft, at, draft.service.text(*path, "count") or "all", meant)
    draft.change((*path, "capabilities"), "given with the GPUs")
    draft.change((*path, "driver"), "given with the GPUs")
    if "options" in device.mapping:
        draft.leave((*path, "options"), "the driver gets no options")


def _ids(draft: Draft, value: Value) -> list[str]:
    texts = [draft.service.raw(one) for one in value.items] or [draft.service.raw(value)]
    return [text for one in texts for text in one.split(",")]


def _set_devices(draft: Draft, path: Keys, ids: list[str]) -> None:
    ids = [re.sub(r"^nvidia\.com/gpu=", "", one.strip()) for one in ids]
    if ids == ["all"]:
        _set_count(draft, path, "all", 0)
    elif all("${" in one or re.fullmatch(_GPU_DEVICE, one) for one in ids):
        draft.keys.get("resources", {}).pop("gpus", None)
        draft.carry(path, ("resources", "gpu_devices"), ids)
    else:
        draft.leave(path, "GPUs are named by index or UUID: set `resources.gpu_devices`")


def _set_count(draft: Draft, path: Keys, text: str, meant: int) -> None:
    """``all`` and -1 are as many as the engine is told to use: a stack file says a number."""
    if _has_gpus(draft):
        draft.change(path, "said already, by what stands above", ("resources",))
    elif text.isdigit() and int(text) > 0:
        draft.carry(path, ("resources", "gpus"), int(text))
    elif text in ("all", "-1"):
        count = meant or 1
        why = "as many as its command uses" if meant else "set as many as it is to have"
        what = f"all GPUs of the machine: a stack file says how many, here {count}, {why}"
        draft.ask(path, what, ("resources", "gpus"), count)
    elif text == "0":
        draft.carry(path, ("resources", "gpus"), 0)
    else:
        draft.leave(path, "how many GPUs it gets cannot be read: set `resources.gpus`")


def _carry_visible(draft: Draft, name: str, meant: int) -> None:
    variable = draft.service.environment[name]
    ids = [one.strip() for one in variable.text.split(",")]
    if variable.text in ("none", "void", ""):
        draft.change(variable.path, "a model sees no GPU unless `resources.gpus` says so")
    elif variable.text == "all":
        _set_count(draft, variable.path, "all", meant)
    elif all(re.fullmatch(_GPU_DEVICE, one) for one in ids):
        if _has_gpus(draft):
            text = "which GPUs it sees follows from `resources`; set `gpu_devices` to choose"
            draft.change(variable.path, text, ("resources",))
        else:
            draft.change(variable.path, "the GPUs it gets", ("resources", "gpu_devices"), ids)
    else:
        draft.leave(variable.path, "which GPUs are meant cannot be read: set `resources.gpus`")


def _carry_cdi(draft: Draft) -> None:
    value = draft.service.value.below(("devices",))
    for index, one in enumerate(value.items if value else ()):
        path = ("devices", str(index))
        if one.text.startswith("nvidia.com/gpu="):
            _set_devices(draft, path, [one.text])
        elif one.text.startswith("/dev/nvidia"):
            draft.change(path, "given with the GPUs")
        else:
            draft.leave(path, "devices other than NVIDIA's GPUs are not given to models")


def _has_gpus(draft: Draft) -> bool:
    return bool({"gpus", "gpu_devices"} & draft.keys.get("resources", {}).keys())
