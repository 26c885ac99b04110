import sys
import urllib.request

import torch
import uvicorn
from fastapi import FastAPI
from transformers import AutoModel

if sys.argv[1:] == ["probe"]:
    sys.exit(b"[" not in urllib.request.urlopen("http://localhost:8000/vector").read())
if not torch.cuda.is_available():
    raise RuntimeError("no GPU")
app = FastAPI()
model = AutoModel.from_pretrained("/models/encoder").to("cuda")


@app.get("/health/live")
def live():
    return {}


@app.get("/health/ready")
def ready():
    return {}


@app.get("/vector")
def vector():
    return model.get_input_embeddings().weight[0].tolist()


uvicorn.run(app, host="0.0.0.0", port=8000)
