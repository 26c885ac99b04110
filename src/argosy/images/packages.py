"""What is installed into an image's environment, from the text of a lock. Pure.

In a build nothing of this machine's folders is there: what a lock names by its path goes into the
build's folder, and folders of wheels are handed to Docker by name. Whatever may hold a password
(an index with a user, a variable) is told apart, because it reaches a build only as a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from argosy.environments import requirements

MOUNTED = PurePosixPath("/context/packages")  # where the build sees them
HEAD = "# What `argosy build` installs: the model's lock."


@dataclass(frozen=True)
class Packages:
    """``text`` is in requirements format. ``local`` are files and folders by their place below the
    folder ``packages``. ``private`` are options that may hold a password. ``hashed``: whether every
    package has its hash. ``torch_backend`` is what uv is told of torch (``cpu``, ``cu128``).
    """

    text: str
    local: Mapping[str, Path]
    private: tuple[str, ...] = ()
    find_links: tuple[Path, ...] = ()
    hashed: bool = True
    torch_backend: str = ""

    @property
    def any(self) -> bool:
        """Whether there is anything to install."""
        return bool(list(requirements.requirements(self.text)))


def packages(lock_text: str, find_links: Iterable[Path] = (), torch_backend: str = "") -> Packages:
    """Of a lock as `argosy.environments` writes it. ``find_links`` are the user's own folders."""
    local: dict[str, Path] = {}
    body: list[str] = []
    found = list(requirements.requirements(lock_text))
    for one in found:
        path = one.local(Path("/"))
        if path is None:
            body.append(str(one))
            continue
        place = _place(path)
        local[place] = path
        body.append(str(one.moved(Path(MOUNTED / place))))
    public, private, folders = _options(lock_text)
    return Packages(
        text="".join(f"{line}\n" for line in (HEAD, *public, *body)),
        local=local,
        private=tuple(private),
        find_links=tuple(dict.fromkeys([*find_links, *folders])),
        hashed=all(one.hashes for one in found),
        torch_backend=torch_backend,
    )


def _place(path: Path) -> str:
    """Kept copies lie under their digest, which keeps two of one name apart."""
    return path.name if path.is_dir() else f"{path.parent.name}/{path.name}"


def _options(lock_text: str) -> tuple[list[str], list[str], list[Path]]:
    public: list[str] = []
    private: list[str] = []
    folders: list[Path] = []
    names = (*requirements.ROUTING, *requirements.BUILDING)
    for line in requirements.options(lock_text, names, Path("/")):
        name, _, value = line.partition(" ")
        if name in {"-f", "--find-links"} and "://" not in value:
            folders.append(Path(value))
        elif re.search(r"://[^/]*@|\$\{", value):
            private.append(line)
        else:
            public.append(line)
    return public, private, folders
