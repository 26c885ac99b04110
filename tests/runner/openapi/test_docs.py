from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from argosy_runner.openapi import docs
from tests.ports import free_address
from tests.runner.conftest import Graph, Start
from tests.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

MODEL = '''
class Model:
    """Repeats a word."""
    examples = ["it's <b>me</b>"]
    def predict(self, word: str) -> str:
        return word * 2
    def stream(self, word: str):
        for letter in word[:3]:
            yield letter
    def chat(self, messages):
        yield "good"
        yield " day"
'''

PHOTOS = """
from dataclasses import dataclass

@dataclass
class Photo:
    image: bytes
    title: str = ""
    width: int = 0

class Model:
    def predict(self, photo: Photo):
        return [len(photo.image), photo.title, photo.width]
"""

UPLOAD = "class Model:\n    def predict(self, content: bytes):\n        return len(content)\n"

LARGE = """large (float[N, 3, 64, 64] x) => (float[N] y)
    { y = ReduceMean <axes=[1,2,3], keepdims=0> (x) }"""

Open = Callable[..., "Page"]


@pytest.fixture
def visit(start: Start, browser: Browser) -> Iterator[Open]:
    """Serve a model and look at its page; what the browser complains of fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def look(code: str | None = None, **settings: str) -> Page:
        address = free_address()
        start(code, listen=address, **settings)
        until(lambda: ready(address), "ready over TCP")
        page = browser.new_page()
        page.set_default_timeout(10_000)
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://{address}/docs")
        page.locator("#state.good").wait_for()
        return page

    yield look
    for page in pages:
        page.close()
    refused = "Failed to load resource: the server responded with a status of 4"
    assert [text for text in complaints if not text.startswith(refused)] == []


def ready(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/ready").status_code == 200
    except httpx.TransportError:
        return False


def try_it(page: Page, operation: str) -> tuple[str, str]:
    """Press the button: the status and the answer, once it is complete."""
    section: Locator = page.locator(f"#{operation}")
    section.get_by_role("button", name="Try it").click()
    section.locator("[role=status].good, [role=status].bad").wait_for()
    status = section.locator("[role=status]").inner_text()
    return status, section.locator("pre.answer").inner_text()


@pytest.mark.browser
def test_the_page_sends_what_it_shows_and_shows_the_answer(visit: Open) -> None:
    page = visit(MODEL)
    assert page.title() == "m"
    assert page.locator("#about").inner_text() == "Repeats a word."
    status, answer = try_it(page, "predict")
    assert status.startswith("200")
    assert json.loads(answer) == {"output": "it's <b>me</b>" * 2}
    section = page.locator("#predict")
    section.get_by_label("The body, as JSON").fill('{"input": 3}')
    status, answer = try_it(page, "predict")
    assert status.startswith("422")
    assert "expected str" in answer
    section.get_by_label("Example").select_option(label="Several")
    assert json.loads(try_it(page, "predict")[1])["outputs"]


@pytest.mark.browser
def test_events_come_as_they_are(visit: Open) -> None:
    page = visit(MODEL)
    page.locator("#predict").get_by_label("As events").check()
    assert try_it(page, "predict")[1].startswith('data: "i"\n\ndata: "t"')
    assert json.loads(try_it(page, "chat")[1])["choices"][0]["message"]["content"] == "good day"
    assert try_it(page, "ready")[0].startswith("200")


@pytest.mark.browser
def test_the_curl_line_does_the_same(visit: Open) -> None:
    page = visit(MODEL)
    line = page.locator("#predict pre.curl").inner_text()
    found = subprocess.run(["sh", "-c", f"{line} -s"], capture_output=True, check=True)
    assert json.loads(found.stdout) == {"output": "it's <b>me</b>" * 2}


@pytest.mark.browser
def test_files_are_sent_in_forms_and_as_they_are(visit: Open, tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(bytes(range(256)))
    page = visit(PHOTOS)
    section = page.locator("#predict")
    section.get_by_label("Content type").select_option(label="multipart/form-data")
    section.get_by_label("image *").set_input_files(file)
    section.get_by_label("title").fill("a dog")
    section.get_by_label("width").fill("64")
    assert "-F 'image=@photo.png' -F 'title=a dog'" in section.locator("pre.curl").inner_text()
    assert json.loads(try_it(page, "predict")[1]) == {"output": [256, "a dog", 64]}
    page = visit(UPLOAD)
    page.locator("#predict").get_by_label("File").set_input_files(file)
    assert json.loads(try_it(page, "predict")[1]) == {"output": 256}


@pytest.mark.browser
def test_a_large_graph_gets_zeros_of_the_right_shape(
    visit: Open, graph: Graph, graph_python: Path
) -> None:
    page = visit(engine="onnx", weights=str(graph(LARGE)), python=str(graph_python))
    assert json.loads(try_it(page, "predict")[1]) == {"output": 0}


def test_the_page_is_one_small_file_that_may_load_nothing() -> None:
    assert len(docs.html()) < 20_000
    policy = dict(docs.headers())[b"content-security-policy"].decode()
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert b"://" not in docs.html()


def test_it_is_there_before_the_model(start: Start) -> None:
    replica = start("import time\ntime.sleep(1000)\n")
    until(lambda: replica.state()["state"] == "loading", "loading")
    answer = replica.client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
