"""The folder that an image is built from: complete, so that ``docker build FOLDER`` needs no more.

The same revision gives the same files. Nothing of this machine is in them: no path, no index's
password, no value of a variable. Their times are those of the writing, by which Docker sees that a
file has changed; the build gives all of them one time.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import msgspec

import argosy_runner
from argosy import snapshots
from argosy.images import dockerfile, indexes, layout, wheels
from argosy.images.packages import packages
from argosy.images.recipe import Recipe, recipe
from argosy.stack import runner_settings
from argosy.stack.revision import Revision
from argosy.stack.runner_settings import Whereabouts
from argosy_runner import engines
from argosy_runner import settings as runner

Progress = Callable[[str], None]

EVERYWHERE = "0.0.0.0"  # noqa: S104  within its container
RUNNER = "argosy-runner"


async def write(
    revision: Revision,
    folder: Path,
    progress: Progress = lambda _: None,
    digests: Mapping[str, str] | None = None,
) -> Recipe:
    """Write into ``folder``, which is made anew, what the image of ``revision`` is built from.

    ``digests`` are those of images, by name: with them the base is pinned. Raises
    `EnvironmentFailed` if the revision's lock is gone, `ImageFailed` where a package has no build
    that fits.
    """
    fitting = await wheels.fitting(revision, progress)
    installed = packages(fitting.text, indexes.find_links(), fitting.torch_backend)
    made = recipe(revision, installed, digests or {})
    await asyncio.to_thread(_write_all, revision, folder, made)
    return made


def _write_all(revision: Revision, folder: Path, made: Recipe) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    _write(folder / "Dockerfile", dockerfile.text(made))
    _write(folder / "settings.json", settings_text(revision))
    _write(folder / "runner.lock", files("argosy.images").joinpath("runner.lock").read_text())
    _copy_runner(folder / "runner")
    if made.packages.any:
        _write(folder / "requirements.txt", made.packages.text)
    for place, path in made.packages.local.items():
        _copy(path, folder / "packages" / place)
    if revision.code is not None:
        _copy(revision.code, folder / "code")
    if made.weights and revision.weights is not None:
        _link(revision.weights, folder / "weights" / made.weights)
    _write(folder / ".dockerignore", _ignore_text(folder))


def settings(revision: Revision) -> runner.Settings:
    """What the runner in the image is told.

    The variables of the model's ``env`` are not in it: they may hold what nobody should find in an
    image, so whoever runs a container gives them to it, and the model inherits them.
    """
    served = engines.is_served(revision.model.engine)
    where = Whereabouts(
        listen=f"{EVERYWHERE}:{layout.HTTP_PORT}",
        grpc_listen="" if served else f"{EVERYWHERE}:{layout.GRPC_PORT}",
        python=f"{layout.ENVIRONMENT}/bin/python",
        code=str(layout.CODE) if revision.code else None,
        weights=str(layout.weights_in_container(revision.weights)) if revision.weights else None,
        serve_at=f"{EVERYWHERE}:{layout.ENGINE_PORT}" if served else None,
    )
    told = runner_settings.settings(revision, where)
    public = {name: value for name, value in told.env.items() if name not in revision.model.env}
    return msgspec.structs.replace(told, env=public)


def settings_text(revision: Revision) -> str:
    """`settings` as the file has them, in one order."""
    told = msgspec.json.encode(settings(revision), order="sorted")
    return msgspec.json.format(told, indent=2).decode() + "\n"


def _copy_runner(target: Path) -> None:
    """The runner that is installed here: its sources, and what it says of itself."""
    _copy(Path(argosy_runner.__file__).parent, target / "argosy_runner")
    told = distribution(RUNNER)
    about = target / f"argosy_runner-{told.version}.dist-info"
    _write(about / "METADATA", f"Metadata-Version: 2.1\nName: {RUNNER}\nVersion: {told.version}\n")
    _write(about / "INSTALLER", "argosy\n")


def _ignore_text(folder: Path) -> str:
    """All but what was written, should anybody put more beside it."""
    names = sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))
    return "".join(f"{line}\n" for line in ("*", *(f"!{name}" for name in names)))


def _copy(source: Path, target: Path) -> None:
    """A file or a folder without what tools leave in it, with the same modes always."""
    if source.is_file():
        _copy_file(source, target)
        return
    target.mkdir(parents=True)
    for one in snapshots.walk(source, snapshots.SKIPPED):
        _copy_file(one.path, target / one.name)


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _link(source: Path, target: Path) -> None:
    """Weights are large: a second name for the same file where that is possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link_file)
    else:
        _link_file(str(source), str(target))


def _link_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o644)
