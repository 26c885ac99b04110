import cv2
import numpy
import onnxruntime
from aiohttp import web

session = onnxruntime.InferenceSession("/weights/yolo.onnx", providers=["CPUExecutionProvider"])


async def boxes(request):
    picture = cv2.imdecode(numpy.frombuffer(await request.read(), numpy.uint8), cv2.IMREAD_COLOR)
    pixels = cv2.resize(picture, (640, 640)).transpose(2, 0, 1)[None] / numpy.float32(255)
    return web.json_response(session.run(None, {"images": pixels})[0].tolist())


async def alive(request):
    return web.Response()


async def ready(request):
    return web.Response(status=200 if session else 503)


app = web.Application()
app.add_routes([web.post("/boxes", boxes), web.get("/alive", alive), web.get("/ready", ready)])
web.run_app(app, port=8000)
