"""Where a build may get packages from, as the one secret that is handed to it.

What is set for uv on this machine holds in a build as well: indexes, their users and passwords,
whom to trust. All of it is one script, which the build's steps read from memory (a BuildKit
secret), so that nothing of it stays: not in a layer, not in the image's history, not in the cache.
"""

from __future__ import annotations

import netrc
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from argosy.images.packages import Packages

SETTINGS = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|INDEX_\w+_(USERNAME|PASSWORD)"
    r"|INSECURE_HOST|HTTP_TIMEOUT|TORCH_BACKEND)|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy"
)
PLACE = "/run/uv"  # in memory, for the time of one step
END = "ARGOSY_END"


def script(packages: Packages, settings_folder: Path | None = None) -> str:
    """What is told to the build; empty where nothing is set that differs from uv's defaults."""
    home = Path.home()
    files = {
        "uv.toml": _read(_uv_toml(settings_folder, home)),
        "indexes.txt": "".join(f"{line}\n" for line in packages.private),
        "certificates": _read(_own_certificates()),
    }
    files["netrc"] = _netrc(
        Path(os.environ.get("NETRC") or home / ".netrc"), "".join((*files.values(), *_settings()))
    )
    mentioned = re.findall(r"\$\{(\w+)\}", "".join(files.values()))
    return text(os.environ, files, mentioned)


def text(environ: Mapping[str, str], files: Mapping[str, str], mentioned: Iterable[str]) -> str:
    """The script, pure. ``mentioned`` are variables that the files refer to."""
    wanted = {name: value for name, value in environ.items() if SETTINGS.fullmatch(name)}
    wanted |= {name: environ[name] for name in mentioned if name in environ}
    present = {name: content for name, content in files.items() if content}
    for name, variable in (
        ("uv.toml", "UV_CONFIG_FILE"), ("netrc", "NETRC"), ("certificates", "SSL_CERT_FILE"),
    ):  # fmt: skip
        if name in present:
            wanted[variable] = f"{PLACE}/{name}"
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(wanted.items())]
    for name, content in present.items():
        lines += [f"cat > {PLACE}/{name} <<'{END}'", content.rstrip("\n"), END]
    return "".join(f"{line}\n" for line in lines)


def find_links() -> tuple[Path, ...]:
    """The folders of wheels that uv is told to look into (``UV_FIND_LINKS``)."""
    named = re.split(r"[,\s]+", os.environ.get("UV_FIND_LINKS", ""))
    return tuple(Path(one).resolve() for one in named if one and Path(one).is_dir())


def _uv_toml(folder: Path | None, home: Path) -> Path:
    """uv's settings: those of the model's folder, or the nearest above it, or the user's."""
    above = (folder, *folder.parents) if folder else ()
    configured = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml"
    named = Path(os.environ.get("UV_CONFIG_FILE") or configured)
    return next((file for one in above if (file := one / "uv.toml").is_file()), named)


def _own_certificates() -> Path:
    """Whom this machine trusts, where somebody has said so."""
    return Path(os.environ.get("SSL_CERT_FILE") or "/nowhere")


def _settings() -> list[str]:
    return [value for name, value in os.environ.items() if SETTINGS.fullmatch(name)]


def _netrc(file: Path, addresses: str) -> str:
    """Of the user's passwords, those for the hosts of these addresses, and no others."""
    try:
        known = netrc.netrc(file).hosts
    except (OSError, netrc.NetrcParseError):
        return ""
    hosts = {urlsplit(one).hostname for one in re.findall(r"https?://[^\s\"',]+", addresses)}
    return "".join(
        f"machine {host} login {login} password {password}\n"
        for host, (login, _, password) in known.items()
        if host in hosts
    )


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
