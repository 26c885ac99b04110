"""Serve the classifier."""

import os
from contextlib import asynccontextmanager

import numpy as np
import onnxruntime
from fastapi import FastAPI, HTTPException

state = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    state["session"] = onnxruntime.InferenceSession(
        os.environ["WEIGHTS"], providers=["CPUExecutionProvider"]
    )
    yield
    state.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/livez")
def live():
    return {"alive": True}


@app.get("/readyz")
def ready():
    if "session" not in state:
        raise HTTPException(503, "the model is loading")
    return {"ready": True}


@app.post("/predict")
def predict(rows: list[list[float]]):
    scores = state["session"].run(None, {"input": np.asarray(rows, dtype=np.float32)})[0]
    return {"labels": scores.argmax(axis=1).tolist()}
