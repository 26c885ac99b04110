"""The Dockerfile of an image, as text. Pure: the same recipe gives the same text.

Each thing that is told apart when an image is pushed or pulled is one layer, and each layer is a
copy of one thing at the top, made in a stage of its own in which every file was given the same
time. So the same content is the same layer, whenever and wherever it is built, in every image.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from argosy.images import layout
from argosy.images.recipe import Recipe

EPOCH = 315532800  # the time of every file: 1980-01-01, the first that a zip archive can hold
UV_MOUNTS = (
    "--mount=from=uv,source=/uv,target=/usr/local/bin/uv",
    "--mount=type=cache,target=/root/.cache/uv",
    "--mount=type=tmpfs,target=/run/uv",
    "--mount=type=secret,id=uv",
)
SAME_TIME = f"-exec touch -hd @{EPOCH} {{}} +"
# Within an image a file never changes, so its bytecode need not be compared with it.
COMPILE = "-m compileall -qq --invalidation-mode unchecked-hash"


def text(recipe: Recipe) -> str:
    """All stages: where things are made, and the image, which holds what was made."""
    stages = [_head(recipe), _tools(), _runner(recipe), _environment(recipe), _model(recipe)]
    if recipe.weights:
        stages.append(_weights())
    return "\n".join([*stages, _image(recipe)])


def _head(recipe: Recipe) -> str:
    lines = [
        f"# {recipe.model} {recipe.revision}, written by `argosy build`. See docs/images.md.",
        f"FROM {recipe.uv} AS uv",
        f"FROM {recipe.base} AS base",
    ]
    if recipe.interpreter:
        lines.append(f"FROM {recipe.interpreter} AS python")
    return _lines(lines)


def _tools() -> str:
    """Settings of the stages in which things are made; none of them gets into the image."""
    return _lines(
        [
            "FROM base AS tools",
            "USER root",
            f"ENV SOURCE_DATE_EPOCH={EPOCH} \\",
            "    PYC_INVALIDATION_MODE=UNCHECKED_HASH \\",
            "    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \\",
            "    UV_COMPILE_BYTECODE=1 \\",
            "    UV_LINK_MODE=copy \\",
            "    UV_NO_PROGRESS=1 \\",
            "    UV_PYTHON_DOWNLOADS=never",
        ]
    )


def _runner(recipe: Recipe) -> str:
    folder, python = layout.RUNNER, recipe.runner_python
    packages = f"{folder}/lib/python{python}/site-packages"
    commands = [
        f"uv venv --quiet --no-project --python {python} {folder}",
        f"uv pip sync --strict --require-hashes --python {folder} /context/runner.lock",
        f"cp -R /context/runner/. {packages}",
        f"chmod -R u=rwX,go=rX {packages}/argosy_runner*",
        f"{folder}/bin/python {COMPILE} {packages}/argosy_runner",
        f"find {folder} {SAME_TIME}",
    ]
    mounts = (*UV_MOUNTS, _bind("runner.lock"), _bind("runner"))
    head = ["# The runner, which is the same in every image.", "FROM tools AS runner"]
    return _lines([*head, *_run(mounts, [*_secrets(()), *commands])])


def _environment(recipe: Recipe) -> str:
    folder, packages = layout.ENVIRONMENT, recipe.packages
    head = ["# The environment of the model.", "FROM tools AS environment"]
    python = recipe.python
    if recipe.interpreter:
        head.append(f"COPY --from=python /usr/local {layout.PYTHON}")
        python = f"{layout.PYTHON}/bin/python{recipe.python}"
    mounts: list[str] = [*UV_MOUNTS]
    commands = [f"uv venv --quiet --no-project --python {python} {folder}"]
    if packages.any:
        mounts.append(_bind("requirements.txt"))
        if packages.local:
            mounts.append(f"{_bind('packages')},rw")
        mounts += [
            f"--mount=from=find-links-{number},target=/find-links/{number}"
            for number, _ in enumerate(packages.find_links)
        ]
        commands.append(_sync(recipe))
        if packages.local:  # uv notes when it saw them
            commands.append(f"find {folder} -name uv_cache.json -delete")
            commands.append(f"sed -i /uv_cache.json/d {folder}/lib/python*/site-packages/*/RECORD")
    if recipe.unused:
        commands += [f"cd {folder}/lib/python*/site-packages", f"rm -rf {' '.join(recipe.unused)}"]
    commands.append(f"find {folder} {SAME_TIME}")
    return _lines([*head, *_run(mounts, [*_secrets(packages.private), *commands])])


def _sync(recipe: Recipe) -> str:
    packages = recipe.packages
    words = ["uv pip sync --strict --index-strategy unsafe-best-match"]
    if packages.hashed:
        words.append("--require-hashes")
    if packages.torch_backend:
        words.append(f"--torch-backend {packages.torch_backend}")
    words += [f"--find-links /find-links/{one}" for one, _ in enumerate(packages.find_links)]
    words.append(f"--python {layout.ENVIRONMENT} /context/requirements.txt")
    if packages.private:
        words.append("/run/uv/indexes.txt")
    return " ".join(words)


def _model(recipe: Recipe) -> str:
    """Code and settings: what changes most often is made by itself, within a second."""
    mounts = [_bind("settings.json")]
    commands = []
    made = [str(layout.SETTINGS)]
    if recipe.has_code:
        mounts.append(_bind("code"))
        made.append(str(layout.CODE))
        commands.append(f"cp -R /context/code {layout.CODE}")
        # What is no Python of this version stays as it is.
        commands.append(f"{layout.ENVIRONMENT}/bin/python {COMPILE} {layout.CODE} || true")
    commands += [
        f"cp /context/settings.json {layout.SETTINGS}",
        f"chmod -R u=rwX,go=rX {' '.join(made)}",
        f"find {' '.join(made)} {SAME_TIME}",
    ]
    head = ["# Its code, and what the runner is told.", "FROM environment AS model"]
    return _lines([*head, *_run(mounts, commands)])


def _weights() -> str:
    folder = layout.WEIGHTS
    commands = [
        f"cp -R /context/weights {folder}",
        f"chmod -R u=rwX,go=rX {folder}",
        f"find {folder} {SAME_TIME}",
    ]
    return _lines(["# Its weights.", "FROM tools AS weights", *_run([_bind("weights")], commands)])


def _image(recipe: Recipe) -> str:
    """The base, and a layer for each thing, the one that changes least first."""
    lines = ["# The image.", "FROM base"]
    lines.append(_copy("runner", layout.RUNNER))
    if recipe.interpreter:
        lines.append(f"COPY --from=python /usr/local {layout.PYTHON}")
    lines.append(_copy("environment", layout.ENVIRONMENT))
    if recipe.has_code:
        lines.append(_copy("model", layout.CODE))
    lines.append(_copy("model", layout.SETTINGS))
    if recipe.weights:
        lines.append(_copy("weights", layout.WEIGHTS))
    ports = [layout.HTTP_PORT, layout.ENGINE_PORT if recipe.served else layout.GRPC_PORT]
    if recipe.variables:
        lines.append(f"# The container is given {', '.join(recipe.variables)}.")
    # /tmp is what can be written where all else is read-only.
    lines.append("ENV HOME=/tmp")
    if recipe.uses_gpu:  # an image of NVIDIA's would say so
        lines.append("ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility")
    lines += [
        f"LABEL org.opencontainers.image.title={recipe.model} \\",
        f"    org.opencontainers.image.version={recipe.revision} \\",
        f"    argosy.model={recipe.model} \\",
        f"    argosy.revision={recipe.revision} \\",
        f"    argosy.digest={recipe.digest}",
        f"USER {layout.USER_ID}:{layout.USER_ID}",
        "WORKDIR /",
        f"EXPOSE {' '.join(str(port) for port in ports)}",
        "STOPSIGNAL SIGTERM",
        "HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --start-interval=1s \\",
        f"    CMD {json.dumps(layout.HEALTH_CHECK)}",
        f"ENTRYPOINT {json.dumps(layout.ENTRYPOINT)}",
        "CMD []",
    ]
    return _lines(lines)


def _secrets(private: Sequence[str]) -> Iterator[str]:
    """Where packages come from, if it is told: the secret is a script, of which nothing stays."""
    yield "[ ! -e /run/secrets/uv ] || . /run/secrets/uv"
    if private:
        yield "[ -e /run/uv/indexes.txt ] || touch /run/uv/indexes.txt"


def _run(mounts: Sequence[str], commands: Sequence[str]) -> list[str]:
    lines = [("RUN " if number == 0 else "    ") + mount for number, mount in enumerate(mounts)]
    head = [*(f"{line} \\" for line in lines[:-1]), f"{lines[-1]} <<END"]
    return [*head, "set -eu", *commands, "END"]


def _bind(name: str) -> str:
    return f"--mount=type=bind,source={name},target=/context/{name}"


def _copy(stage: str, path: object) -> str:
    return f"COPY --from={stage} {path} {path}"


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
