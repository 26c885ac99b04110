import numpy
import onnxruntime
from flask import Flask, request

app = Flask(__name__)
session = onnxruntime.InferenceSession("/models/tts.onnx")


@app.route("/healthz")
def healthz():
    return "ok"


@app.route("/speak", methods=["POST"])
def speak():
    tokens = numpy.array([request.json["tokens"]], dtype=numpy.int64)
    return session.run(None, {"tokens": tokens})[0].tobytes()
