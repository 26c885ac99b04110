import torch
from flask import Flask, request
from torch.utils.data import DataLoader

assert torch.cuda.is_available(), "no GPU"
app = Flask(__name__)
model = torch.jit.load("/models/scorer.ts").cuda()


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.post("/score")
def score():
    rows = torch.tensor(request.json["rows"])
    loader = DataLoader(rows, batch_size=64, num_workers=4, pin_memory=True)
    return {"scores": [one for batch in loader for one in model(batch.cuda()).tolist()]}


app.run(host="0.0.0.0", port=8000)
