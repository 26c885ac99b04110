"""A service of a Compose file, in the words of what rules ask of it. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal

from argosy.compose_files import short_forms, variables
from argosy.compose_files.amounts import seconds, size, whole
from argosy.compose_files.project import Project as ComposeFiles
from argosy.compose_files.tree import Value
from argosy.lint.finding import At
from argosy.lint.project import scope
from argosy.lint.project.command import Argument, CommandLine, in_shell, split
from argosy.lint.project.image import Image
from argosy.lint.project.known_images import KnownImage
from argosy.lint.project.placed import Placed
from argosy.lint.project.service_parts import GpuRequest, Healthcheck, Mount, Port, Variable
from argosy.records import kept, record

_NOTHING = re.compile(r"0(\.0*)?[a-z]*", re.IGNORECASE)
_OLD_LIMITS = {"memory": "mem_limit", "cpus": "cpus"}
LABEL = "argosy.lint.model"  # on a service: `true` or `false` says whether it is one of a model


@record(slots=False)
class Service(Placed):
    """One service, with the image that it is built from where that can be read."""

    name: str
    value: Value
    compose: ComposeFiles
    built: Image | None = None
    env_files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def at_path(self, *path: str) -> At:
        """The key at a path, or of the nearest mapping around it that is there."""
        while path and self.value.below(path) is None:
            path = path[:-1]
        found = self.value.below(path) if path else None
        return self.key_at(found) if found is not None else self.at

    def written(self, value: Value) -> str:
        """A value as its file has it, quotes and all."""
        return self.compose.texts[value.place.file][value.span.start : value.span.end]

    def written_at(self, *path: str) -> str:
        """The value at a path as its file has it; empty where there is none."""
        found = self.value.below(path)
        return self.written(found) if found is not None else ""

    def column(self, value: Value) -> int:
        """The column, from 1, in which a value begins."""
        return value.source.line_and_column(value.span.start)[1]

    def text(self, *path: str) -> str:
        """A scalar with its variables filled in; empty where there is none."""
        found = self.value.below(path)
        return self._filled(found) if found is not None else ""

    def has(self, *path: str) -> bool:
        """Whether the key is there."""
        return self.value.below(path) is not None

    @kept
    def image(self) -> KnownImage:
        """The image that it runs, or the one that it is built on."""
        return self.built.base if self.built else KnownImage(self.text("image"))

    @property
    def builds(self) -> bool:
        """Whether it has a ``build:``."""
        return self.has("build")

    @kept
    def engine(self) -> str:
        """``vllm``, ``ollama`` …; empty for programs of one's own and unknown images."""
        return self.image.engine or scope.engine_in(self.command.text)

    @kept
    def is_model(self) -> bool:
        """Whether it serves a model itself: what the linter looks at."""
        label = self.label(LABEL)
        if label:
            return label.lower() not in ("false", "no", "0")
        if self.is_job:
            return False
        if self.engine or self.gpus:
            return True
        if self.built is not None:
            return self.built.holds_model
        is_unknown = not self.image.is_other_software
        return is_unknown and scope.is_named_as_model(self.name, self.image.path)

    @kept
    def is_job(self) -> bool:
        """Whether it does something and ends: it fetches a model, or others wait for its end."""
        if scope.only_fetches(self.command.text):
            return True
        return self.name in self.compose.jobs

    def label(self, name: str) -> str:
        """The value of a label; empty without it."""
        labels = self.value.below(("labels",))
        if labels is None:
            return ""
        pairs = (one.text.partition("=") for one in labels.items)
        return labels.word(name) or next((text for key, _, text in pairs if key == name), "")

    @kept
    def command(self) -> CommandLine:
        """Entrypoint and command; those of the image where the service has none."""
        own = self._words("command")
        if self.has("entrypoint"):
            return CommandLine((*self._words("entrypoint"), *own))
        if self.built is None:
            return CommandLine(own)
        parts = [self.built.stage.last("ENTRYPOINT")]
        parts += [] if own else [self.built.stage.last("CMD")]
        words = [
            Argument(word.text, self.built.at(word))
            for part in parts
            if part is not None
            for one in part.commands
            for word in one.words
        ]
        return CommandLine((*words, *own))

    @property
    def has_own_command(self) -> bool:
        """Whether what it runs stands in the Compose file."""
        return self.has("command") or self.has("entrypoint")

    @kept
    def environment(self) -> Mapping[str, Variable]:
        """Of the key ``environment``, by name; what its image sets is in `variable`."""
        value = self.value.below(("environment",))
        found: dict[str, Variable] = {}
        for key, one in value.mapping.items() if value else ():
            text = None if one.content is None else self._filled(one)
            found[key] = Variable(key, text, self._pair_at(one), "$" not in one.text)
        for one in value.items if value else ():
            name, equals, text = one.text.partition("=")
            filled = variables.fill(text, self.compose.variables) if equals else None
            found[name] = Variable(name, filled, self.value_at(one), "$" not in text)
        return found

    def variable(self, name: str) -> str:
        """The value in force: of ``environment``, an ``env_file`` or the image; else empty."""
        own = self.environment.get(name)
        if own is not None:
            return own.value or ""
        for told in self.env_files.values():
            if name in told:
                return told[name]
        found = self.built.stage.environment.get(name) if self.built else None
        return found.text if found is not None else ""

    def sets(self, name: str) -> bool:
        """Whether a variable is set or passed on anywhere."""
        in_image = self.built is not None and name in self.built.stage.environment
        in_files = any(name in told for told in self.env_files.values())
        return name in self.environment or in_files or in_image

    @kept
    def mounts(self) -> tuple[Mount, ...]:
        """Of the keys ``volumes`` and ``tmpfs``."""
        found = [self._mount(one) for one in self._items("volumes")]
        for one in self._items("tmpfs"):
            target = self._filled(one).partition(":")[0]
            found.append(Mount("", target, "tmpfs", self.value_at(one)))
        return tuple(found)

    @kept
    def ports(self) -> tuple[Port, ...]:
        """Of the key ``ports``; ranges by their first number."""
        read = [(short_forms.port(one, self._fill), one) for one in self._items("ports")]
        return tuple(
            Port(port.published, port.target, port.host, self.value_at(one))
            for port, one in read
            if port is not None
        )

    @kept
    def healthcheck(self) -> Healthcheck | None:
        """That of the service, or of its image; None without any."""
        value = self.value.below(("healthcheck",))
        if value is None:
            return self._healthcheck_of_image()
        test = value.mapping.get("test")
        words = self._split(test) if test is not None else ()
        is_none = bool(words) and words[0].text == "NONE"
        disabled = value.word("disable") == "true" or is_none
        if test is not None and words and words[0].text in ("CMD", "CMD-SHELL"):
            is_shell = words[0].text == "CMD-SHELL"
            words = words[1:]
            if is_shell and words:
                words = split(words[0].text, self.written(test), words[0].at)
        of_image = self._healthcheck_of_image()
        if test is None and of_image is not None:
            words = of_image.test.arguments
            disabled |= of_image.disabled
        # What is not given here is that of the image, one by one: 0 counts as not given.
        times = {
            name: seconds(self._word(value, name)) or getattr(of_image, name, None)
            for name in ("start_period", "start_interval", "interval", "timeout")
        }
        written = self.written(test) if test is not None else ""
        line = CommandLine(in_shell(words, written))
        return Healthcheck(line, disabled, self.key_at(value), value=value, **times)

    @kept
    def gpus(self) -> tuple[GpuRequest, ...]:
        """Every way in which it asks for GPUs, the legacy runtime included."""
        return tuple(self._gpu_requests())

    @property
    def gpu_count(self) -> int | Literal["all"] | None:
        """How many GPUs it gets; None where it gets none or that cannot be read."""
        for one in self.gpus:
            if one.ids:
                return len(one.ids)
            if one.count is not None:
                return one.count
        return None

    def limit(self, name: Literal["memory", "cpus"]) -> Value | None:
        """What limits it, in either of Compose's two forms; to Docker, 0 is no limit."""
        for path in (("deploy", "resources", "limits", name), (_OLD_LIMITS[name],)):
            found = self.value.below(path)
            if found is not None and found.text and not _NOTHING.fullmatch(found.text):
                return found
        return None

    @property
    def memory_limit(self) -> int | None:
        """In bytes; None without one, or where it cannot be read."""
        found = self.limit("memory")
        return size(self._filled(found)) if found is not None else None

    @property
    def depends_on(self) -> Iterator[tuple[str, str, At]]:
        """The names of services it waits for, the condition (empty in the short form), where."""
        value = self.value.below(("depends_on",))
        for name, one in value.mapping.items() if value else ():
            yield name, one.word("condition"), self.key_at(one)
        for one in value.items if value else ():
            yield one.text, "", self.value_at(one)

    @property
    def profiles(self) -> tuple[Value, ...]:
        """The profiles that start it; none where it is always started."""
        value = self.value.below(("profiles",))
        return value.items if value is not None else ()

    def _fill(self, text: str) -> str:
        return variables.fill(text, self.compose.variables)

    def _filled(self, value: Value) -> str:
        return self._fill(value.text)

    def _word(self, value: Value, key: str) -> str:
        found = value.mapping.get(key)
        return self._filled(found) if found is not None else ""

    def _items(self, key: str) -> tuple[Value, ...]:
        value = self.value.below((key,))
        if value is None:
            return ()
        return value.items or ((value,) if value.text else ())

    def _words(self, key: str) -> tuple[Argument, ...]:
        value = self.value.below((key,))
        if value is None:
            return ()
        return in_shell(self._split(value), self.written(value) if not value.items else "")

    def _split(self, value: Value) -> tuple[Argument, ...]:
        if value.items:
            return tuple(Argument(self._filled(one), self._inside(one)) for one in value.items)
        return split(self._filled(value), self.written(value), self.value_at(value))

    def _inside(self, value: Value) -> At:
        """A value without its quotes, where it stands in them as it is."""
        at = self.value_at(value)
        is_plain = value.style in ("'", '"') and self.written(value)[1:-1] == value.text
        return At(at.file, at.start + 1, at.end - 1) if is_plain else at

    def _pair_at(self, value: Value) -> At:
        key = self.key_at(value)
        same = value.span.end > key.end and value.place.file == key.file
        return At(key.file, key.start, value.span.end if same else key.end)

    def _mount(self, value: Value) -> Mount:
        return Mount(*short_forms.mount(value, self._fill), self.value_at(value))

    def _healthcheck_of_image(self) -> Healthcheck | None:
        found = self.built.stage.last("HEALTHCHECK") if self.built else None
        if found is None or self.built is None:
            return None
        words = [
            Argument(word.text, self.built.at(word)) for one in found.commands for word in one.words
        ]
        is_none = found.words[:1] != () and found.words[0].text.upper() == "NONE"
        times = {one.name.replace("-", "_"): seconds(one.value) for one in found.flags}
        return Healthcheck(
            CommandLine(in_shell(words, "")),
            is_none,
            self.built.at(found),
            times.get("start_period"),
            times.get("start_interval"),
            times.get("interval"),
            times.get("timeout"),
        )

    def _gpu_requests(self) -> Iterator[GpuRequest]:
        devices = self.value.below(("deploy", "resources", "reservations", "devices"))
        for one in devices.items if devices else ():
            found = one.mapping.get("capabilities")
            names = {word.text for word in found.items} if found else set()
            if not names & {"gpu", "nvidia", "compute"} and self._word(one, "driver") != "nvidia":
                continue
            yield self._request("deploy", one)
        gpus = self.value.below(("gpus",))
        if gpus is not None and gpus.text:
            yield GpuRequest("gpus", _count(self._filled(gpus)), (), self.key_at(gpus))
        for one in gpus.items if gpus else ():
            yield self._request("gpus", one)
        cdi = [one for one in self._items("devices") if one.text.startswith("nvidia.com/gpu=")]
        if cdi:
            ids_of = tuple(one.text.partition("=")[2] for one in cdi)
            is_all = "all" in ids_of
            yield GpuRequest(
                "cdi", "all" if is_all else None, () if is_all else ids_of, self.value_at(cdi[0])
            )
        if self.text("runtime") == "nvidia":
            yield self._runtime()

    def _request(self, form: Literal["deploy", "gpus"], value: Value) -> GpuRequest:
        """One item of a list of devices; without a count it is all of them."""
        ids = value.mapping.get("device_ids")
        if ids is None or (ids.content is None and not ids.items):
            count = _count(self._word(value, "count") or "all")
            return GpuRequest(form, count, (), self.value_at(value))
        texts = tuple(self._filled(one) for one in ids.items or (ids,))
        return GpuRequest(form, None, texts, self.value_at(value))

    def _runtime(self) -> GpuRequest:
        visible = self.variable("NVIDIA_VISIBLE_DEVICES") or "all"
        at = self.at_path("runtime")
        if visible == "all":
            return GpuRequest("runtime", "all", (), at)
        if visible in ("none", "void"):
            return GpuRequest("runtime", 0, (), at)
        return GpuRequest("runtime", None, tuple(visible.split(",")), at)


def run_together(one: Service, other: Service) -> bool:
    """Whether two services may be up at the same time: not if no profile starts both."""
    first, second = ({item.text for item in service.profiles} for service in (one, other))
    return not first or not second or bool(first & second)


def _count(text: str) -> int | Literal["all"] | None:
    if text in ("all", "-1"):
        return "all"
    return whole(text)
