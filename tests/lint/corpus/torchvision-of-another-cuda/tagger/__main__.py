import torch
import torchvision
from flask import Flask, request

assert torch.cuda.is_available(), "no GPU"
app = Flask(__name__)
model = torch.jit.load("/models/tagger.ts").cuda()


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.post("/tag")
def tag():
    image = torchvision.io.decode_image(torch.frombuffer(request.data, dtype=torch.uint8))
    return {"tag": int(model(image.cuda()[None].float()).argmax())}


app.run(host="0.0.0.0", port=8000)
