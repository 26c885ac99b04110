"""Writing the exported files: the one place that touches any."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from argosy.errors import UsageError
from argosy.export import prometheus, yaml_text
from argosy.export.compose import Content, compose
from argosy.export.losses import losses
from argosy.export.nginx import answers, conf, keys
from argosy.export.readme import Variable, env_example, readme
from argosy.export.routing import routing
from argosy.images import context
from argosy.stack import as_written
from argosy.stack.model import Model, Stack
from argosy.stack.revision import Revision

Progress = Callable[[str, str], None]

ONLY = 1
MODELS = "models"
LIST = ".exported"  # what was written, so that the next export knows its own
HEAD = """{name}, written by `argosy export compose`: `docker compose up --build`.
What to do first, and what these files do not do, is in README.md."""
COMMENTS = {
    ("services", "gateway"): "nginx, with the paths and the answers of Argosy's gateway.",
    ("services", "prometheus"): "Asks every replica for its metrics.",
    ("networks",): "Each model has its own: it reaches no other, nor the internet unless it may.",
}


@dataclass(frozen=True)
class Exported:
    """What was written, and what of the stack it does not do.

    ``needed`` are the variables and files without which it does not start.
    """

    folder: Path
    losses: Sequence[str]
    needed: Sequence[str] = ()


async def export(
    stack: Stack,
    revisions: Sequence[Revision],
    folder: Path,
    *,
    force: bool = False,
    progress: Progress = lambda _model, _text: None,
) -> Exported:
    """Write into ``folder`` what runs these revisions of all models without Argosy.

    They know one revision, so its number is the same wherever they are made. Files of an earlier
    export are replaced, others stay. Raises `UsageError` for a folder with other things in it,
    unless ``force``; `EnvironmentFailed` if a lock is gone.
    """
    _check(folder, force)
    recipes = {}
    for revision in revisions:
        name = revision.model.name
        place = folder / MODELS / name
        recipes[name] = await context.write(
            replace(revision, number=ONLY), place, functools.partial(progress, name)
        )
    weights = {
        model.name: _weights(model, stack, folder)
        for model in stack.models
        if model.weights and not model.weights_in_image
    }
    home = os.path.relpath(stack.folder, folder) if _is_near(folder, stack) else "."
    content = Content(stack, recipes, as_written.read(stack.file), weights, home)
    _replace(folder, texts(content), [f"{MODELS}/{name}" for name in recipes])
    return Exported(folder, losses(stack), _needed(content))


def texts(content: Content) -> dict[str, str]:
    """Every file but the models' own, by its path."""
    stack = content.stack
    told = routing(stack)
    secrets = _secrets(stack)
    variables = _variables(content)
    script = files("argosy.export.nginx").joinpath("gateway.js").read_text()
    needed = any(one.needed for one in variables)
    head = HEAD.format(name=stack.name)
    return {
        "compose.yaml": yaml_text.text(compose(content), head, COMMENTS),
        "nginx/nginx.conf": conf.main(told),
        "nginx/grpc.conf": conf.of_grpc(),
        "nginx/gateway.js": script,
        "nginx/stack.js": answers.script(told),
        **{f"nginx/models/{one.model}.conf": conf.of_model(one, told) for one in told.routes},
        "prometheus/prometheus.yml": yaml_text.text(
            prometheus.configuration(stack), "Every replica of every model.", {}
        ),
        ".env.example": env_example(variables),
        ".gitignore": ".env\nsecrets/\n",
        "README.md": readme(stack, losses(stack), secrets, needed),
    }


def _check(folder: Path, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file", where=str(folder), next_step="Name a folder.")
    if force or not folder.exists() or (folder / LIST).exists():
        return
    if any(folder.iterdir()):
        raise UsageError(
            "the folder holds what no export has written",
            where=str(folder),
            next_step="Name an empty one, or write beside what is there with --force.",
        )


def _replace(folder: Path, made: Mapping[str, str], written: Sequence[str]) -> None:
    """Write these files, and remove what an earlier export made that is not of this one.

    ``written`` are folders of this one that are there already.
    """
    own = sorted([*made, *written])
    listed = folder / LIST
    before = listed.read_text().splitlines() if listed.exists() else []
    for gone in set(before) - set(own):
        _remove(folder, gone)
    for path, text in {**made, LIST: "".join(f"{one}\n" for one in own)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def _remove(folder: Path, path: str) -> None:
    """Only what is inside is ours."""
    gone = folder / path
    if not gone.resolve().is_relative_to(folder.resolve()):
        return
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink(missing_ok=True)


def _weights(model: Model, stack: Stack, folder: Path) -> str:
    """Relative where folder and weights are both in the stack's; else whoever starts it says."""
    assert model.weights is not None
    if _is_near(folder, stack) and model.weights.is_relative_to(stack.folder):
        return os.path.relpath(model.weights, folder)
    return f"${{{_weights_variable(model)}:?where the weights of {model.name} are}}"


def _is_near(folder: Path, stack: Stack) -> bool:
    return folder.resolve().is_relative_to(stack.folder.resolve())


def _weights_variable(model: Model) -> str:
    return f"{model.name.upper().replace('-', '_')}_WEIGHTS"


def _variables(content: Content) -> list[Variable]:
    gateway = content.stack.gateway
    found = [Variable("GATEWAY_LISTEN", gateway.listen, "Where callers reach the models.")]
    if gateway.tls and gateway.tls.redirect_from:
        about = "Where plain requests are sent on to https."
        found.append(Variable("REDIRECT_LISTEN", gateway.tls.redirect_from, about))
    found.append(Variable("PROMETHEUS_LISTEN", f"127.0.0.1:{prometheus.PORT}", "Prometheus."))
    for model in content.models:
        if content.weights.get(model.name, "").startswith("$"):
            assert model.weights is not None
            about = f"The weights of {model.name}: {model.weights.name}."
            found.append(Variable(_weights_variable(model), "", about, needed=True))
    links = max((len(one.packages.find_links) for one in content.recipes.values()), default=0)
    for number in range(links):
        about = "A folder of wheels that a lock names."
        found.append(Variable(f"FIND_LINKS_{number}", "", about, needed=True))
    for name, default in content.written.variables.items():
        about = "Of the stack file."
        found.append(Variable(name, default, about, needed=not default))
    return found


def _needed(content: Content) -> list[str]:
    variables = [f"{one.name} in .env" for one in _variables(content) if one.needed]
    return [*variables, *(f"secrets/{name}" for name in _secrets(content.stack))]


def _secrets(stack: Stack) -> dict[str, str]:
    """The files that must be there, each with what it holds."""
    gateway = stack.gateway
    found = {}
    if gateway.needs_keys:
        found[keys.SECRET] = "a line `<token> <name>;` for each caller"
    if gateway.tls:
        found[conf.CERTIFICATE] = "the certificate, in PEM form, with its chain"
        found[conf.CERTIFICATE_KEY] = "its key"
    for name in sorted({name for model in stack.models for name in model.secrets}):
        users = ", ".join(sorted(model.name for model in stack.models if name in model.secrets))
        found[name] = f"the secret {name} of {users}"
    return found
