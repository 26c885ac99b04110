import logging
import os

import bottle
import numpy
import onnxruntime
from tokenizers import Tokenizer

logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"))

tokenizer = Tokenizer.from_file("/weights/tokenizer.json")
session = onnxruntime.InferenceSession("/weights/toxicity.onnx")


@bottle.get("/healthz")
def healthz():
    return "ok"


@bottle.get("/readyz")
def readyz():
    return "ok"


@bottle.post("/predict")
def predict():
    ids = numpy.array([tokenizer.encode(bottle.request.json["text"]).ids])
    return {"toxic": bool(session.run(None, {"input_ids": ids})[0][0, 1] > 0)}


bottle.run(host="0.0.0.0", port=8000)
