from __future__ import annotations

from argosy.images.telling import Telling

BUILD = """
#8 [environment 1/1] RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv     --mount=type=cache
#8 0.512 Resolved 5 packages in 20ms
#8 0.600 Downloading numpy (17.3MiB)
#8 DONE 2.1s
#9 [model 1/1] RUN --mount=type=bind,source=settings.json,target=/context/settings.json
#9 DONE 0.3s
#10 [runner 1/1] RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv
#10 CACHED
#15 exporting to image
#15 exporting layers
#15 exporting layers 0.1s done
"""


def told(lines: str) -> list[str]:
    said: list[str] = []
    telling = Telling(said.append)
    for line in lines.splitlines():
        telling.take(line)
    return said


def test_each_thing_is_told_once_and_nothing_of_what_is_there() -> None:
    assert told(BUILD) == [
        "installing packages",
        "downloading numpy (17.3MiB)",
        "copying the code",
        "writing the image",
    ]
