# src/serve.py — model loaded from environment-specified path
import os, pickle
from fastapi import FastAPI

MODEL_PATH = os.environ.get("MODEL_PATH", "/models/model.pkl")

def load_model():
    if MODEL_PATH.startswith("s3://"):
        import boto3
        s3 = boto3.client("s3")
        bucket, key = MODEL_PATH[5:].split("/", 1)
        local_path = "/tmp/model.pkl"
        s3.download_file(bucket, key, local_path)
        return pickle.load(open(local_path, "rb"))
    return pickle.load(open(MODEL_PATH, "rb"))

app = FastAPI()
model = load_model()   # loaded once at startup

@app.post("/predict")
async def predict(payload: dict):
    return {"score": float(model.predict_proba([[payload["feature_1"], payload["feature_2"]]])[0, 1])}
