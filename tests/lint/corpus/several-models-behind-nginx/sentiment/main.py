import joblib
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("/models/sentiment.joblib")


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/ready")
def ready():
    return {"ready": hasattr(model, "predict")}


@app.post("/predict")
def predict(body: dict):
    return {"label": str(model.predict([body["text"]])[0])}
