import torch
from flask import Flask, request

assert torch.cuda.is_available(), "no GPU"
app = Flask(__name__)
model = torch.jit.load("/models/pose.ts").cuda()


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.post("/infer")
def infer():
    return {"out": model(torch.tensor(request.json["image"]).cuda()).tolist()}


app.run(host="0.0.0.0", port=8000)
