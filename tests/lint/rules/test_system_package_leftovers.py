from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lint_files, mended, write

RULE = "AI113"
SLIM = "FROM pytorch/pytorch:2.8.0\n"
BOTH = "beside its packages this step leaves what they recommend and the lists of packages"
RECOMMENDED = "beside its packages this step leaves what they recommend"
LISTS = "apt leaves the lists of packages"
LEAN = "apt-get install -y --no-install-recommends"


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("apt-get update && apt-get install -y python3-pip", BOTH),
        ("apt update && apt install -y ffmpeg && rm -rf /var/lib/apt/lists/*", RECOMMENDED),
        ("apt-get install -y ffmpeg", RECOMMENDED),
        (f"apt-get update && {LEAN} ffmpeg && apt-get clean", LISTS),
        ("apt-get update", LISTS),
        (
            f"apt-get update && {LEAN} a && apt-get install -y b && rm -rf /var/lib/apt/lists",
            RECOMMENDED,
        ),
        ("<<EOF\napt-get update\napt-get install -y ffmpeg\nEOF", BOTH),
    ],
)
def test_what_apt_leaves_is_told(tmp_path: Path, run: str, told: str) -> None:
    report = lint_files(tmp_path, {"Dockerfile": f"{SLIM}RUN {run}\n"}, RULE)
    assert [one.finding.what for one in report.found] == [f"{told} in the image"]


@pytest.mark.parametrize(
    "body",
    [
        f"RUN apt-get update && {LEAN} ffmpeg && rm -rf /var/lib/apt/lists/*",
        f"RUN apt-get update && {LEAN} ffmpeg && rm -rf /root/.cache /var/lib/apt/lists/* /tmp/*",
        f"RUN apt-get update && {LEAN} ffmpeg && apt-get distclean",
        (
            "RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt "
            f"apt-get update && {LEAN} ffmpeg"
        ),
        "RUN apt-get -o APT::Install-Recommends=false install -y ffmpeg",
        (
            "RUN echo 'APT::Install-Recommends \"false\";' > /etc/apt/apt.conf.d/00lean\n"
            "RUN apt-get update && apt-get install -y ffmpeg && rm -rf /var/lib/apt/lists/*"
        ),
        "RUN apk add --no-cache ffmpeg",
        "RUN pip install apt",
    ],
)
def test_what_leaves_nothing_is_let_be(tmp_path: Path, body: str) -> None:
    assert not lint_files(tmp_path, {"Dockerfile": f"{SLIM}{body}\n"}, RULE).found


def test_a_stage_that_is_not_kept_may_leave_what_it_likes(tmp_path: Path) -> None:
    dockerfile = f"FROM debian AS b\nRUN apt-get update\n{SLIM}COPY --from=b /x /x\n"
    assert not lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "apt-get update && apt-get install -y ffmpeg",
            (
                "apt-get update && apt-get install --no-install-recommends -y ffmpeg "
                "&& rm -rf /var/lib/apt/lists/*"
            ),
        ),
        (
            "apt-get update && apt-get install -y \\\n    # sound\n    ffmpeg \\\n    libsndfile1",
            (
                "apt-get update && apt-get install --no-install-recommends -y \\\n    # sound\n"
                "    ffmpeg \\\n    libsndfile1 \\\n    && rm -rf /var/lib/apt/lists/*"
            ),
        ),
        (
            "apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
            (
                "apt-get update && apt-get install --no-install-recommends ca-certificates -y curl "
                "&& rm -rf /var/lib/apt/lists/*"
            ),
        ),
        (
            f"sudo apt-get update && sudo {LEAN} ffmpeg",
            f"sudo apt-get update && sudo {LEAN} ffmpeg && sudo rm -rf /var/lib/apt/lists/*",
        ),
        (
            "<<EOF\napt-get update\napt-get install -y git\nEOF",
            (
                "<<EOF\napt-get update\napt-get install --no-install-recommends ca-certificates "
                "-y git\nrm -rf /var/lib/apt/lists/*\nEOF"
            ),
        ),
        (
            "apt-get update && apt-get install -y curl",
            (
                "apt-get update && apt-get install --no-install-recommends ca-certificates -y curl "
                "&& rm -rf /var/lib/apt/lists/*"
            ),
        ),
        ("if true; then apt-get update; fi", "if true; then apt-get update; fi"),
        ('["apt-get", "update"]', '["apt-get", "update"]'),
    ],
)
def test_the_flag_and_the_removal_are_added(tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, {"Dockerfile": f"{SLIM}RUN {before}\n"})
    assert mended(tmp_path, RULE) == {"Dockerfile": f"{SLIM}RUN {after}\n"}


def test_windows_line_ends_and_another_escape_are_kept(tmp_path: Path) -> None:
    before = "# escape=`\r\nFROM pytorch/pytorch:2.8.0\r\nRUN apt-get update && `\r\n  true\r\n"
    (tmp_path / "Dockerfile").write_bytes(before.encode())
    (found,) = lint_files(tmp_path, {}, RULE).found
    (edit,) = found.finding.fix
    assert before[: edit.start].endswith("true")
    assert edit.replacement == " `\r\n  && rm -rf /var/lib/apt/lists/*"
