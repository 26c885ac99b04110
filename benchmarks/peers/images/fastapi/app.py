"""The peer: a model of the desk behind FastAPI, as one writes it by hand."""
# mypy: ignore-errors
# (FastAPI exists in this file's own image only.)

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from src.model import Model

app = FastAPI()
model = Model()
if hasattr(model, "load"):
    model.load()


class Question(BaseModel):
    input: Any


@app.get("/ready")
async def ready() -> str:
    return "ready"


@app.post("/predict")
async def predict(question: Question) -> dict[str, Any]:
    return {"output": model.predict(question.input)}
