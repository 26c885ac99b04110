"""The documentation of a model behind the gateway: found, true, and tried in a browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
import pytest

from tests.scenarios.stack import StackUnderTest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHOUT = """
class Model:
    examples = ["hello"]
    def predict(self, text: str) -> str:
        return text.upper()
"""
MODELS = "shout: {code: ./shout}"


def test_the_document_of_a_model_names_addresses_that_work(stack: StackUnderTest) -> None:
    stack.write(MODELS, shout__model=SHOUT)
    stack.up()
    place = f"{stack.url}/models/shout/openapi.json"
    found = httpx.get(place).json()
    assert found["info"]["title"] == "shout"
    ((path, operations), *_) = found["paths"].items()
    address = urljoin(place, found["servers"][0]["url"] + path)
    assert address == f"{stack.url}/models/shout/predict"
    content = operations["post"]["requestBody"]["content"]["application/json"]
    answer = httpx.post(address, json=content["examples"]["input"]["value"])
    assert answer.json() == {"output": "HELLO"}
    form = httpx.post(f"{stack.url}/api/shout", files={"input": (None, b"a form")})
    assert form.json() == {"output": "A FORM"}


@pytest.mark.browser
def test_the_page_of_a_model_sends_requests_through_the_gateway(
    stack: StackUnderTest, browser: Browser
) -> None:
    stack.write(MODELS, shout__model=SHOUT)
    stack.up()
    page = browser.new_page()
    page.goto(f"{stack.url}/models/shout/docs")
    predict = page.locator("#predict")
    predict.get_by_role("button", name="Try it").click()
    predict.locator("[role=status].good").wait_for()
    assert json.loads(predict.locator("pre.answer").inner_text()) == {"output": "HELLO"}
    assert f"{stack.url}/models/shout/predict" in predict.locator("pre.curl").inner_text()
    page.close()
