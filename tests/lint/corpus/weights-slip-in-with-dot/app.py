import torch
from flask import Flask, request
from torchvision.models import resnet50

app = Flask(__name__)
model = resnet50()
model.load_state_dict(torch.load("checkpoints/resnet50.pt", weights_only=True))
model.eval()


@app.get("/livez")
def livez():
    return "ok"


@app.get("/readyz")
def readyz():
    return "ok"


@app.post("/predict")
def predict():
    with torch.inference_mode():
        return {"label": int(model(torch.tensor(request.json["pixels"])).argmax())}
