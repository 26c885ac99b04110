# src/serve.py — model loaded from the volume at /models
import os, pickle
from fastapi import FastAPI, Response

MODEL_PATH = os.environ.get("MODEL_PATH", "/models/model.pkl")

def load_model():
    with open(MODEL_PATH, "rb") as file:
        return pickle.load(file)

app = FastAPI()
_ready = False   # set True after model loads

@app.on_event("startup")
async def startup():
    global model, _ready
    model = load_model()
    _ready = True

@app.get("/health")
async def health():
    """Liveness probe — is the process alive?"""
    return {"status": "ok"}

@app.get("/ready")
async def ready(response: Response):
    """Readiness probe — is the model loaded and ready to serve?"""
    if not _ready:
        response.status_code = 503
        return {"status": "not_ready", "detail": "model loading"}
    return {"status": "ready"}

@app.post("/predict")
async def predict(payload: dict):
    return {"score": float(model.predict_proba([[payload["feature_1"], payload["feature_2"]]])[0, 1])}
