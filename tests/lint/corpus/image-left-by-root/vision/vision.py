import sys
import urllib.request

import cv2
import numpy
import onnxruntime
from aiohttp import web

if sys.argv[1:] == ["probe"]:
    with open("/models/probe.jpg", "rb") as file:
        sys.exit(b"cat" not in urllib.request.urlopen("http://localhost:8080/label", file.read()).read())
session = onnxruntime.InferenceSession("/models/mobilenet.onnx")
LABELS = open("/models/labels.txt").read().splitlines()


async def live(request):
    return web.json_response({})


async def ready(request):
    return web.json_response({})


async def label(request):
    image = cv2.imdecode(numpy.frombuffer(await request.read(), numpy.uint8), cv2.IMREAD_COLOR)
    blob = cv2.dnn.blobFromImage(image, 1 / 255, (224, 224))
    return web.json_response({"label": LABELS[int(session.run(None, {"input": blob})[0].argmax())]})


app = web.Application()
app.router.add_get("/health", live)
app.router.add_get("/ready", ready)
app.router.add_post("/label", label)
web.run_app(app, port=8080)
