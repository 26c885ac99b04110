import os
from pathlib import Path

import onnxruntime
import uvicorn
from models import Answer
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from tokenizers import Tokenizer

LABELS = Path("labels.txt").read_text().split()
tokenizer = Tokenizer.from_file("tokenizer.json")
session = onnxruntime.InferenceSession(os.environ.get("WEIGHTS", "/weights/model.onnx"))


def classify(request):
    ids = tokenizer.encode(request.query_params["text"]).ids
    scores = session.run(None, {"ids": [ids]})[0][0]
    return JSONResponse(vars(Answer(LABELS[int(scores.argmax())])))


def live(request):
    return JSONResponse({})


def ready(request):
    return JSONResponse({"ready": True})


routes = [Route("/classify", classify), Route("/health", live), Route("/ready", ready)]
uvicorn.run(Starlette(routes=routes), host="0.0.0.0", port=8000)
