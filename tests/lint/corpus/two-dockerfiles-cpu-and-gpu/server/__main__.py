import os

import torch
import uvicorn
from fastapi import FastAPI
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

DEVICE = os.environ.get("DEVICE", "cpu")
app = FastAPI()
tokenizer = AutoTokenizer.from_pretrained(os.environ.get("MODEL_DIR", "/models/opus-mt-de-en"))
model = AutoModelForSeq2SeqLM.from_pretrained(os.environ.get("MODEL_DIR", "/models/opus-mt-de-en"))
model.to(DEVICE)


@app.get("/healthz/live")
def live():
    return {}


@app.get("/healthz/ready")
def ready():
    return {}


@app.post("/translate")
def translate(body: dict):
    with torch.inference_mode():
        tokens = model.generate(**tokenizer(body["text"], return_tensors="pt").to(DEVICE))
    return {"text": tokenizer.decode(tokens[0], skip_special_tokens=True)}


uvicorn.run(app, host="0.0.0.0", port=8000)
