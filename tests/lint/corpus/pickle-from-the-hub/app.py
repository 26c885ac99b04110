import io
import pickle

import joblib
import requests
import torch
from fastapi import FastAPI
from huggingface_hub import hf_hub_download
from safetensors.torch import load_file

COMMIT = "3f0a2c1d4b5e6f708192a3b4c5d6e7f8091a2b3c"
path = hf_hub_download("acme/fraud", "model.joblib", revision=COMMIT)
model = joblib.load(path)
response = requests.get("https://models.example.com/scaler.pkl", timeout=30)
scaler = pickle.loads(response.content)
weights = load_file(hf_hub_download("acme/fraud", "head.safetensors", revision=COMMIT))
extra = torch.load(
    io.BytesIO(requests.get("https://models.example.com/extra.pt", timeout=30).content),
    weights_only=True,
)
with open("/models/columns.pkl", "rb") as file:
    columns = pickle.load(file)
app = FastAPI()


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.get("/score")
def score(x: float):
    return {"score": float(model.predict_proba(scaler.transform([[x] * len(columns)]))[0, 1])}
