"""Reading all files that are linted, each once; what cannot be read is collected.

Only here, and for lists of packages in `dependency_lists`, are files read; nothing of them is run.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from argosy.compose_files import dotenv, variables
from argosy.compose_files import project as compose_files
from argosy.compose_files.parsing import parse as read_yaml
from argosy.compose_files.project import Project as ComposeFiles
from argosy.compose_files.tree import Value
from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.syntax import Dockerfile, Stage
from argosy.errors import FileMistakes, Problem
from argosy.lint.project.compose_shape import shape_problems
from argosy.lint.project.copying import from_context
from argosy.lint.project.dependency_lists import DependencyLists, names_model, together
from argosy.lint.project.discovery import Found, discover
from argosy.lint.project.folder import Folders, is_looked_into, unreadable
from argosy.lint.project.image import Image, flag
from argosy.lint.project.program import Program
from argosy.lint.project.project import Project, clean, is_monitoring
from argosy.lint.project.service import Service
from argosy.lint.project.source import Source
from argosy.lint.project.stack_model import StackModel
from argosy.stack.document import STACK_FILE

MOST_PROGRAMS = 60
MOST_CHECKPOINTS = 20
_STANDS_ALONE = re.compile(r"(^\s+|[{,]\s*)([\"']?)(image|build|extends)\2\s*:", re.MULTILINE)


def read(
    paths: Sequence[Path],
    exclude: Sequence[str] = (),
    given: Mapping[Path, str] = MappingProxyType({}),
) -> Project:
    """What the paths hold; texts that are ``given`` stand for those of their files.

    Raises UsageError for a path that is nothing to lint.
    """
    folders = Folders(given)
    return assemble(discover(paths, folders, exclude), folders)


def assemble(found: Sequence[Found], folders: Folders) -> Project:
    """The project of these files."""
    return _Reader(folders).read(found)


class _Reader:
    """Reads each kind of file once, and collects what cannot be read."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._problems: list[Problem] = []
        self._dockerfiles: dict[Path, Dockerfile | None] = {}
        self._programs: dict[Path, Program] = {}
        self._texts: dict[Path, str] = {}
        self._lists = DependencyLists(folders, self._texts, self._problems)

    def read(self, found: Sequence[Found]) -> Project:
        by_kind: dict[str, list[Path]] = {}
        for one in found:
            by_kind.setdefault(one.kind, []).append(one.file)
        for kind in ("dockerfile", "stack", "compose"):
            files = by_kind.get(kind, [])
            self._problems += (unreadable(one) for one in files if not self._is_readable(one))
        composes = self._composes([*filter(self._is_readable, by_kind.get("compose", []))])
        services = [one for compose in composes for one in self._services(compose)]
        images = _distinct([one.built for one in services if one.is_model and one.built])
        built = {one.built.file for one in services if one.built is not None}
        loose = [file for file in by_kind.get("dockerfile", []) if file not in built]
        real = {os.path.realpath(file) for file in built} if loose else set()
        for file in loose:
            if os.path.realpath(file) not in real:
                image = self._loose_image(file)
                images += [image] if image is not None and image.holds_model else []
        models = [model for file in by_kind.get("stack", []) for model in self._models(file)]
        mounted = {file: text for one in services for file, text in self._mounted(one)}
        self._texts |= mounted
        programs = {one.file: one for image in images for one in image.programs}
        programs |= {one.file: one for model in models for one in model.programs}
        asked = together(
            [
                *(one for image in images for one in image.requirements.values()),
                *(one for model in models for one in model.requirements),
            ]
        )
        for file in by_kind.get("python", []):
            program = self._program(file)
            if program is not None and program.holds_model and program.serves:
                programs.setdefault(file, program)
        contexts = {one.folder for one in images}
        for file in by_kind.get("requirements", []):
            listed = self._lists.read(file)
            is_beside = not contexts.isdisjoint(file.parents)
            if listed is not None and not is_beside and names_model(listed):
                asked.setdefault(file, listed)
        return Project(
            tuple(composes),
            tuple(services),
            tuple(images),
            tuple(models),
            tuple(programs.values()),
            tuple(asked.values()),
            mounted,
            sources={file: Source(file, text) for file, text in self._texts.items()},
            problems=tuple(sorted(set(self._problems))),
        )

    def _is_readable(self, file: Path) -> bool:
        return self._folders.text(file) is not None

    def _composes(self, files: Sequence[Path]) -> list[ComposeFiles]:
        """One set of files for each that stands alone; overrides go with the file they lie on."""
        taken: set[Path] = set()
        found: list[ComposeFiles] = []
        beside: dict[Path, list[Path]] = {}
        for file in files:
            beside.setdefault(file.parent, []).append(file)
        alone = [file for file in files if not self._is_override(file, beside[file.parent])]
        bases: dict[Path, ComposeFiles] = {}
        for file in alone:
            compose = self._compose(file)
            if compose is not None:
                found.append(compose)
                taken.update(compose.files)
                bases.setdefault(file.parent, compose)
        inner = [(one, os.path.realpath(file)) for one in found for file in one.files[1:]]
        if inner:
            found = [one for one in found if not _is_part(one, inner)]
        for file in files:
            if file in taken:
                continue
            base = bases.get(file.parent)
            compose = self._compose(base.files[0], (file,)) if base else self._compose(file)
            if compose is not None:
                found.append(compose)
        return found

    def _is_override(self, file: Path, files: Sequence[Path]) -> bool:
        """Whether a file makes sense on top of another of its folder's only."""
        if len(files) == 1:
            return False
        text = self._folders.text(file) or ""
        return ".override." in file.name or not _STANDS_ALONE.search(text)

    def _compose(self, file: Path, overrides: Sequence[Path] = ()) -> ComposeFiles | None:
        try:
            found = compose_files.read(file, overrides, self._folders.known)
        except FileMistakes as error:
            self._problems += error.problems
            return None
        self._problems += (*found.problems, *shape_problems(found))
        self._texts |= found.texts
        return found

    def _services(self, compose: ComposeFiles) -> Iterator[Service]:
        for name, value in compose.services.items():
            if value.mapping:
                texts = compose.env_files(value)
                env_files = {named: dotenv.read(text) for named, text in texts.items()}
                yield Service(name, value, compose, self._built(compose, value), env_files)

    def _mounted(self, service: Service) -> Iterator[tuple[Path, str]]:
        """Configuration that says something of models: Prometheus', Grafana's, a checkpoint's."""
        for mount in service.mounts:
            if mount.kind != "bind" or not (service.engine or is_monitoring(service)):
                continue
            place = clean(service.compose.folder_of(service.value) / mount.source)
            if is_monitoring(service):
                files = (
                    [place]
                    if place.is_file()
                    else [place / one for one in self._folders.files(place)]
                )
                wanted = [
                    one for one in files if one.suffix in (".yml", ".yaml", ".json", ".rules")
                ]
            else:
                files = [
                    place / one for one in self._folders.files(place) if one.endswith("config.json")
                ]
                wanted = files[:MOST_CHECKPOINTS]
            for file in wanted:
                text = self._folders.text(file)
                if text is not None:
                    yield file, text

    def _built(self, compose: ComposeFiles, value: Value) -> Image | None:
        """The image that a service is built from, where its Dockerfile can be read."""
        build = value.mapping.get("build")
        if build is None:
            return None
        named = build.mapping.get("context", build)
        context = variables.fill(named.text, compose.variables) or "."
        if re.match(r"[a-z+]+://|git@|docker-image:", context):
            return None
        folder = _joined(compose.folder_of(named), context)
        arguments = {
            key: variables.fill(one.text, compose.variables)
            for key, one in _pairs(build.mapping.get("args"))
            if one.content is not None
        }
        inline = build.mapping.get("dockerfile_inline")
        if inline is not None:
            return None
        written = build.mapping.get("dockerfile")
        name = variables.fill(written.text, compose.variables) if written else "Dockerfile"
        dockerfile = self._dockerfile(_joined(folder, name), arguments)
        if dockerfile is None:
            return None
        target = build.word("target")
        stage = dockerfile.stage(target) if target else dockerfile.final
        return self._image(dockerfile, stage or dockerfile.final, folder)

    def _loose_image(self, file: Path) -> Image | None:
        """That of a Dockerfile which no service builds; its context is guessed."""
        dockerfile = self._dockerfile(file)
        if dockerfile is None:
            return None
        return self._image(dockerfile, dockerfile.final, self._context(dockerfile))

    def _context(self, dockerfile: Dockerfile) -> Path | None:
        """The nearest folder in which what is copied lies, else that of the Dockerfile."""
        sources = [
            source.text.rstrip("/")
            for stage in dockerfile.stages
            for one in stage.instructions
            if one.keyword in ("COPY", "ADD") and not flag(one, "from")
            for source in one.copies[0]
            if source.text not in (".", "./") and not re.match(r"https?://|<<", source.text)
        ]
        own = dockerfile.file.parent
        if not own.is_dir():
            return None
        for folder in (own, *list(own.resolve().parents)[:2]):
            if sources and all(any(folder.glob(one.lstrip("/") or ".")) for one in sources):
                return folder
        return own

    def _dockerfile(
        self, file: Path, arguments: Mapping[str, str] | None = None
    ) -> Dockerfile | None:
        if file in self._dockerfiles and not arguments:
            return self._dockerfiles[file]
        text = self._folders.text(file)
        if text is None:
            self._dockerfiles[file] = None
            return None
        self._texts[file] = text
        try:
            found = parse(text, file, arguments or {})
        except FileMistakes as error:
            self._problems += error.problems
            self._dockerfiles[file] = None
            return None
        self._dockerfiles.setdefault(file, found)
        return found

    def _image(self, dockerfile: Dockerfile, stage: Stage, folder: Path | None) -> Image:
        if folder is None or not folder.is_dir():
            return Image(dockerfile, stage)
        files = self._folders.files(folder)
        ignore_file = _ignore_file(dockerfile.file, folder)
        ignored = self._folders.text(ignore_file)
        if ignored is not None:
            self._texts[ignore_file] = ignored
        image = Image(
            dockerfile,
            stage,
            folder,
            files=files,
            closed=self._folders.closed(folder),
            ignore_file=ignore_file,
            ignore_text=ignored,
        )
        programs = tuple(self._programs_in(image, folder))
        return image.holding(programs, dict(self._lists.of_image(image, folder)))

    def _programs_in(self, image: Image, folder: Path) -> Iterator[Program]:
        names = dict.fromkeys(
            name
            for _, one in from_context(image)
            for source in one.copies[0]
            for name, _ in image.copied(source.text)
            if name.endswith(".py") and all(map(is_looked_into, name.split("/")))
        )
        for name in list(names)[:MOST_PROGRAMS]:
            program = self._program(folder / name)
            if program is not None:
                yield program

    def _program(self, file: Path) -> Program | None:
        if file not in self._programs:
            text = self._folders.text(file)
            if text is None:
                return None
            self._programs[file] = Program(file, text)
            self._texts[file] = text
        return self._programs[file]

    def _models(self, file: Path) -> Iterator[StackModel]:
        text = self._folders.text(file)
        if text is None:
            return
        try:
            root = read_yaml(text, file, form=STACK_FILE).root
        except FileMistakes as error:
            self._problems += error.problems
            return
        self._texts[file] = text
        models = root.mapping.get("models")
        for name, value in models.mapping.items() if models else ():
            code = value.word("code")
            folder = file.parent / code if code and (file.parent / code).is_dir() else None
            programs = []
            asked = []
            if folder is not None:
                names = self._folders.files(folder)
                found = (self._program(folder / one) for one in names if one.endswith(".py"))
                programs = [one for one in found if one is not None][:MOST_PROGRAMS]
                read = (
                    self._lists.read(folder / one) for one in ("requirements.txt", "pyproject.toml")
                )
                asked = [one for one in read if one is not None]
            yield StackModel(name, value, root, folder, tuple(programs), tuple(asked))


def _pairs(value: Value | None) -> Iterator[tuple[str, Value]]:
    if value is None:
        return
    yield from value.mapping.items()
    for one in value.items:
        name, equals, text = one.text.partition("=")
        if equals:
            yield name, replace(one, content=text, written=text)


def _is_part(compose: ComposeFiles, inner: Sequence[tuple[ComposeFiles, str]]) -> bool:
    """Whether another file includes it or extends its services: nobody starts it by itself.

    ``inner`` are the files that each set of files has beside its first one.
    """
    file = os.path.realpath(compose.files[0])
    return any(one is not compose and file == path for one, path in inner)


def _distinct(images: Sequence[Image | None]) -> list[Image]:
    found = {(one.file, one.stage.index): one for one in images if one is not None}
    return list(found.values())


def _ignore_file(dockerfile: Path, folder: Path) -> Path:
    """BuildKit prefers ``<Dockerfile>.dockerignore`` beside the Dockerfile."""
    own = Path(f"{dockerfile}.dockerignore")
    return own if own.is_file() else folder / ".dockerignore"


def _joined(folder: Path, path: str) -> Path:
    """As `clean` makes one of a folder and a path below it, in one step."""
    return Path(os.path.normpath(posixpath.join(folder, path)))
