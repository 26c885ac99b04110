"""Small models in Python alone, one for each protocol."""

from __future__ import annotations

from pathlib import Path

CHAT = """
class Model:
    def chat(self, messages, **options):
        yield "you"
        yield " said: "
        yield messages[-1]["content"]

    def embed(self, texts):
        return [[float(len(one)), 1.0] for one in texts]
"""
SUMS = """
class Model:
    max_batch = 4

    def predict(self, rows: list[list[float]]) -> list[float]:
        return [sum(row) for row in rows]
"""
WORDS = """
import os


class Model:
    def load(self, weights):
        self.words = weights.read_text().split()

    def predict(self, input):
        return {"input": input, "words": self.words, "greeting": os.environ["GREETING"]}

    def stream(self, input):
        yield from self.words
"""
STACK = """
name: {name}
models:
  chat: {{code: ./chat, aliases: [gpt-4o-mini], timeout: 5s}}
  sums: {{code: ./sums, replicas: 2, route: /adding}}
  words:
    code: ./words
    weights: ./words.txt
    env: {{GREETING: "${{GREETING:-hello}}"}}
    max_body: 1KiB
gateway: {gateway}
"""


def write(folder: Path, name: str, gateway: str) -> Path:
    """The stack file of all three, with their code and weights."""
    for model_name, code in {"chat": CHAT, "sums": SUMS, "words": WORDS}.items():
        (folder / model_name).mkdir(parents=True)
        (folder / model_name / "model.py").write_text(code)
    (folder / "words.txt").write_text("some words\n")
    (folder / "argosy.yaml").write_text(STACK.format(name=name, gateway=gateway))
    return folder / "argosy.yaml"
