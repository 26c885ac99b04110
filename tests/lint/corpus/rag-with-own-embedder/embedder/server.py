import logging
import os

import torch
import uvicorn
from fastapi import FastAPI
from sentence_transformers import SentenceTransformer

logging.basicConfig(level=os.environ.get("LOG_LEVEL", "info").upper())
if not torch.cuda.is_available():
    raise RuntimeError("no GPU")
model = SentenceTransformer("BAAI/bge-m3", device="cuda")
app = FastAPI()


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/embed")
def embed(texts: list[str]):
    return model.encode(texts).tolist()


uvicorn.run(app, host="0.0.0.0", port=9001)
