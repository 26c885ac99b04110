from __future__ import annotations

from argosy.compose_files import dotenv


def test_lines_are_read_as_compose_reads_them() -> None:
    text = (
        "# a comment\nA=1\nexport B = two words # more\nC='$A stays'\nD=\"a\\nb\"\nE=\nF=$A/x\n"
        "G: yaml\nnothing\nH=a#b\r\n"
    )
    assert dotenv.read(text) == {
        "A": "1",
        "B": "two words",
        "C": "$A stays",
        "D": "a\nb",
        "E": "",
        "F": "1/x",
        "G": "yaml",
        "H": "a#b",
    }
