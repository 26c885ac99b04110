import os

import torch
from fastapi import FastAPI, Response

DEVICE = os.environ.get("DEVICE", "cpu")
app = FastAPI()
model = torch.jit.load("/voices/speak.ts").to(DEVICE)


@app.get("/health")
def health():
    return {"status": "healthy"}


@app.get("/speak")
def speak(text: str):
    return Response(model(text).cpu().numpy().tobytes(), media_type="audio/pcm")
