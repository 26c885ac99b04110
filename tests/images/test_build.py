"""Images, built and run by a real engine."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from argosy.docker import image as images
from argosy.environments import uv
from argosy.errors import ImageFailed
from argosy.images import build, contents, dockerfile, layout
from argosy.stack.model import ImageSettings, Model
from tests.docker_engine import LABEL, DockerEngine
from tests.environments.conftest import write_wheel
from tests.images.conftest import MakeRevision
from tests.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]

SIX = "six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n"
PASSWORD = "hunter2-never-in-an-image"


@pytest.fixture
def stack_name(docker_engine: DockerEngine) -> Iterator[str]:
    """Images of a stack of this name are removed after the test."""
    yield docker_engine.name
    mark = f"label=argosy.stack={docker_engine.name}"
    for one in set(docker_engine.docker("image", "ls", "--quiet", "--filter", mark).split()):
        docker_engine.docker("image", "rm", "--force", one)


@contextmanager
def running(engine: DockerEngine, image: str, *options: str) -> Iterator[str]:
    """A container of ``image``, as restricted as those of the platform `compose`; its name."""
    engine.docker(
        "run", "--detach", f"--name={engine.name}", f"--label={LABEL}={engine.name}",
        "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges",
        "--publish=127.0.0.1::8000", *options, image,
    )  # fmt: skip
    try:
        yield engine.name
    finally:
        engine.docker("rm", "--force", engine.name)


def predicted(address: str, value: str) -> object:
    answer = httpx.post(f"http://{address}/predict", json={"input": value}, timeout=10)
    return answer.json()["output"]


def inspected(engine: DockerEngine, name: str, what: str) -> str:
    return engine.docker("inspect", f"--format={what}", name).strip()


async def test_an_image_answers_is_healthy_and_ends_when_told(
    revision: MakeRevision, docker_engine: DockerEngine, stack_name: str, tmp_path: Path
) -> None:
    made = await build.build(revision(SIX, drain=0.0), stack_name, tmp_path / "image")
    with running(docker_engine, made.reference) as name:
        until(
            lambda: inspected(docker_engine, name, "{{.State.Health.Status}}") == "healthy",
            "healthy",
        )
        address = docker_engine.docker("port", name, "8000").strip()
        assert predicted(address, "ahoy") == "ahoy"
        docker_engine.docker("stop", "--timeout=30", name)
        assert inspected(docker_engine, name, "{{.State.ExitCode}}") == "0"


async def test_nobody_of_any_name_runs_and_no_tool_of_the_build_is_left(
    revision: MakeRevision, docker_engine: DockerEngine, stack_name: str, tmp_path: Path
) -> None:
    made = await build.build(revision(SIX), stack_name, tmp_path / "image")
    looked = "/root/.cache /run/secrets /run/uv"
    script = f"id -u; command -v uv gcc curl; ls -A {looked} 2> /dev/null || true"
    told = docker_engine.docker("run", "--rm", "--entrypoint=sh", made.reference, "-c", script)
    assert told.split() == [str(layout.USER_ID)]


async def test_an_image_that_is_there_is_not_built_again(
    revision: MakeRevision, stack_name: str, tmp_path: Path
) -> None:
    first = await build.build(revision(), stack_name, tmp_path / "image")
    said: list[str] = []
    again = await build.build(revision(), stack_name, tmp_path / "other", said.append)
    assert (again, said) == (first, [])
    assert not (tmp_path / "other").exists()


async def test_the_same_revision_gives_the_same_image_without_any_cache(
    revision: MakeRevision, docker_engine: DockerEngine, stack_name: str, tmp_path: Path
) -> None:
    await build.prepare(revision(SIX), tmp_path / "image")
    assert built_anew(tmp_path, stack_name) == built_anew(tmp_path, stack_name)


def built_anew(folder: Path, stack_name: str) -> str:
    """The digest of what plain Docker builds from the folder `image`."""
    metadata = folder / "metadata.json"
    subprocess.run(
        ["docker", *build.BUILD, "--no-cache", f"--label=argosy.stack={stack_name}",
         f"--metadata-file={metadata}", str(folder / "image")],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(dockerfile.EPOCH)},
        capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    digest: str = json.loads(metadata.read_text())["containerimage.digest"]
    return digest


async def test_changed_code_is_one_new_layer_and_another_model_shares_base_and_runner(
    revision: MakeRevision, stack_name: str, tmp_path: Path
) -> None:
    before = await build.build(revision(SIX), stack_name, tmp_path / "image")
    changed = replace(revision(SIX), digest="d2" * 32)
    code = tmp_path / "code" / "model.py"
    code.write_text(code.read_text().replace("return input", "return 1.234"))  # as long as before
    after = await build.build(changed, stack_name, tmp_path / "image")
    assert new_layers(before, after) == ["/code"]
    other = replace(revision(""), model=Model("other"), digest="d3" * 32)
    assert new_layers(before, await build.build(other, stack_name, tmp_path / "image")) == [
        "/environment", "/settings.json",
    ]  # fmt: skip


def new_layers(before: images.Image, after: images.Image) -> list[str]:
    known = {layer.digest for layer in before.layers}
    return [layout.name_of(one.made_by) for one in after.layers if one.digest not in known]


async def test_an_image_past_its_size_is_refused_and_gets_no_name(
    revision: MakeRevision, stack_name: str, tmp_path: Path
) -> None:
    made = revision(SIX, image=ImageSettings(max_size=50_000_000))
    with pytest.raises(ImageFailed) as failure:
        await build.build(made, stack_name, tmp_path / "image")
    said = str(failure.value)
    assert ", more than its max_size of 50MB; the largest layers and packages: base " in said
    assert said.count("base ") == 1
    assert "; six 0.1 MB. Leave packages out" in said
    assert await images.find(layout.reference(stack_name, made)) is None


async def test_a_base_that_nobody_has_is_said_in_our_words(
    revision: MakeRevision, stack_name: str, tmp_path: Path
) -> None:
    made = revision(image=ImageSettings(base="localhost:1/argosy/nowhere:1"))
    with pytest.raises(ImageFailed, match=r"image localhost:1/argosy/nowhere:1 is not here"):
        await build.build(made, stack_name, tmp_path / "image")


async def test_a_package_that_is_not_the_locked_one_is_said_in_our_words(
    revision: MakeRevision, stack_name: str, tmp_path: Path
) -> None:
    wrong = f"six==1.17.0 --hash=sha256:{'0' * 64}\n"
    with pytest.raises(ImageFailed, match="a package is not the one that was locked") as failure:
        await build.build(revision(wrong), stack_name, tmp_path / "image")
    assert failure.value.where == str(tmp_path / "image" / "Dockerfile")


async def test_packages_are_counted_by_the_images_own_python(
    revision: MakeRevision, stack_name: str, tmp_path: Path
) -> None:
    made = await build.build(revision(SIX), stack_name, tmp_path / "image")
    (six,) = await contents.packages(made.reference)
    assert (six.name, six.version) == ("six", "1.17.0")
    assert 50_000 < six.size < 150_000  # source and bytecode


async def test_weights_that_belong_into_the_image_are_its_last_layer(
    revision: MakeRevision, stack_name: str, docker_engine: DockerEngine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept" / "w.bin"
    kept.parent.mkdir()
    kept.write_bytes(b"weights")
    made = replace(revision(weights_in_image=True), weights=kept)
    found = await build.build(made, stack_name, tmp_path / "image")
    assert layout.name_of(found.layers[-1].made_by) == "/weights"
    read = docker_engine.docker(
        "run", "--rm", "--entrypoint=cat", found.reference, "/weights/w.bin"
    )
    assert read == "weights"


async def test_a_wheel_of_this_machine_is_installed(
    revision: MakeRevision, stack_name: str, docker_engine: DockerEngine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept" / "0123456789abcdef"
    kept.mkdir(parents=True)
    wheel = write_wheel(kept, "own", "1.0", (), ">=3.8")
    made = await build.build(revision(f"{wheel.as_uri()}\n"), stack_name, tmp_path / "image")
    python = f"--entrypoint={layout.ENVIRONMENT}/bin/python"
    said = docker_engine.docker(
        "run", "--rm", python, made.reference, "-c", "import own; own.main()"
    )
    assert said == "1.0\n"
    assert built_anew(tmp_path, stack_name) == built_anew(tmp_path, stack_name)


async def test_a_model_of_another_python_runs_beside_the_runner(
    revision: MakeRevision, stack_name: str, docker_engine: DockerEngine, tmp_path: Path
) -> None:
    stand_in = python_image("3.9", docker_engine, tmp_path / "python")
    code = (
        "import sys\nclass Model:\n    def predict(self, input):\n        return sys.version[:3]\n"
    )
    made = revision(SIX, python="3.9.18")
    (tmp_path / "code" / "model.py").write_text(code)
    await build.prepare(made, tmp_path / "image")
    context = f"--build-context=python:3.9-slim=docker-image://{stand_in}"
    image = f"{stack_name}-image"
    docker_engine.docker(
        *build.BUILD, context, f"--tag={image}", f"--label=argosy.stack={stack_name}",
        str(tmp_path / "image"),
    )  # fmt: skip
    with running(docker_engine, image) as name:
        address = docker_engine.docker("port", name, "8000").strip()
        until(lambda: is_ready(address), "ready")
        assert predicted(address, "") == "3.9"


def python_image(version: str, engine: DockerEngine, folder: Path) -> str:
    """This machine's interpreter as python:<version>-slim has it: in /usr/local, to be moved.

    As in that image it looks for its library beside itself, whatever path it was built for.
    """
    home = uv_python(version)
    program = f"bin/python{version}"
    there, beside = os.fsencode(home / "lib"), b"$ORIGIN/../lib"
    folder.mkdir()
    content = (home / program).read_bytes().replace(there, beside.ljust(len(there), b"\0"))
    (folder / "python").write_bytes(content)
    (folder / "python").chmod(0o755)
    lines = ["FROM scratch", "COPY --from=home . /usr/local", f"COPY python /usr/local/{program}"]
    (folder / "Dockerfile").write_text("".join(f"{line}\n" for line in lines))
    return engine.build(folder, f"--build-context=home={home}")


def uv_python(version: str) -> Path:
    """The folder of an interpreter of this machine."""
    found = subprocess.run(
        ["uv", "python", "find", "--system", "--no-project", f"cpython@{version}"],
        env={**os.environ, "PATH": os.pathsep.join(uv.search_path())},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode:
        pytest.skip(f"Python {version} is not on PATH: uv python install {version}")
    return Path(found.stdout.strip()).resolve().parent.parent


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/ready", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


async def test_a_password_of_an_index_reaches_the_build_and_stays_nowhere(
    revision: MakeRevision,
    stack_name: str,
    docker_engine: DockerEngine,
    tmp_path: Path,
) -> None:
    wheel = write_wheel(tmp_path, "own", "1.0", (), ">=3.8")
    with guarded_index(tmp_path, docker_engine) as address:
        index = f"--extra-index-url http://me:{PASSWORD}@{address}/\n"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        made = revision(f"{index}own==1.0 --hash=sha256:{digest}\n")
        found = await build.build(made, stack_name, tmp_path / "image")
    assert found.layers
    known = docker_engine.docker("image", "history", "--no-trunc", found.id)
    known += docker_engine.docker("image", "inspect", found.id)
    assert PASSWORD not in known
    folders = "/bin /code /environment /etc /home /root /run /runner /settings.json /tmp /usr /var"
    grep = f"grep -rl {PASSWORD[:20]} {folders} 2>/dev/null || true"
    assert (
        docker_engine.docker(
            "run", "--rm", "--user=0", "--entrypoint=sh", found.reference, "-c", grep
        )
        == ""
    )
    for file in (tmp_path / "image").rglob("*"):
        assert file.is_dir() or PASSWORD.encode() not in file.read_bytes()


@contextmanager
def guarded_index(folder: Path, engine: DockerEngine) -> Iterator[str]:
    """A package index that asks for a password, at an address that builds reach."""
    (folder / "index" / "own").mkdir(parents=True)
    (wheel,) = folder.glob("own-*.whl")
    (folder / "index" / "own" / wheel.name).write_bytes(wheel.read_bytes())
    wanted = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()

    class Guarded(SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(folder / "index"))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            if self.headers.get("Authorization") == wanted:
                super().do_GET()
            else:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="packages"')
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    bridge = "{{(index .IPAM.Config 0).Gateway}}"
    host = engine.docker("network", "inspect", "bridge", f"--format={bridge}").strip()
    with ThreadingHTTPServer((host, 0), Guarded) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"{host}:{server.server_port}"
        server.shutdown()
        thread.join()
