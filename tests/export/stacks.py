"""Stacks to export, and what is known of them without building anything."""

from __future__ import annotations

from pathlib import Path

from argosy.export.compose import Content
from argosy.images.packages import Packages
from argosy.images.recipe import Recipe
from argosy.stack import as_written
from argosy.stack.file import load
from argosy.stack.model import Model, Stack
from tests import certificates

SMALL = """
name: small
models:
  chat:
    code: ./code
    aliases: [gpt-4o-mini]
    resources: {cpus: 1, memory: 512MiB}
    env: {GREETING: "${GREETING:-hello}", PRICE: "$5"}
    secrets: [HF_TOKEN]
    depends_on: [cache]
    internet: true
    timeout: 10s
  digits:
    engine: onnx
    weights: ./digits.onnx
    replicas: 2
    max_body: 1MiB
    limits: {rate: 100/s}
services:
  cache:
    image: redis:7
    volumes: ["./cache.conf:/etc/cache.conf:ro", "cached:/data"]
    healthcheck: {test: [CMD, redis-cli, ping]}
gateway:
  keys: required
  limits: {per_address: 20/s}
"""
EVERYTHING = """
name: everything
models:
  chat:
    engine: vllm
    weights: ./model
    aliases: [gpt-4o-mini, llama]
    route: {path: /talk, host: "*.example.com"}
    limits: {rate: 7/s, concurrency: 8}
  digits:
    engine: onnx
    weights: ./digits.onnx
    route: {path: /, host: digits.example.com}
  words:
    code: ./code
    route: /words
    max_body: 1025B
gateway:
  listen: 0.0.0.0:8443
  keys: required
  max_connections: 100
  tls: {certificate: ./certificate.pem, key: ./certificate.key, redirect_from: 0.0.0.0:8080}
  cors: {origins: ["https://app.example.com", "https://*.example.org"], credentials: true}
  limits: {per_key: 100/h, per_address: 20/s, burst: 40, concurrency: 8, tokens_per_minute: 1000}
  log: {access: none}
"""


def declare(folder: Path, text: str) -> Stack:
    """The stack of this text, with the files that it names."""
    for name in ("code/model.py", "digits.onnx", "model/config.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("class Model: ...\n")
    certificates.make(folder, "certificate")
    (folder / "argosy.yaml").write_text(text)
    return load(folder / "argosy.yaml", {})


def content(stack: Stack) -> Content:
    """Of files that lie in the folder ``out`` of the stack's."""
    recipes = {model.name: recipe(model) for model in stack.models}
    weights = {one.name: f"../{one.weights.name}" for one in stack.models if one.weights}
    return Content(stack, recipes, as_written.read(stack.file), weights, "..")


def recipe(model: Model) -> Recipe:
    """Of an image that nobody builds."""
    return Recipe(
        model=model.name,
        revision="r1",
        digest=f"{model.name:0<64}",
        base="python:3.11-slim",
        uv="uv",
        runner_python="3.11",
        python="3.11",
        interpreter="",
        packages=Packages("", {}),
    )
