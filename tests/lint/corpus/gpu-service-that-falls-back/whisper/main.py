import torch
from fastapi import FastAPI, UploadFile
from transformers import pipeline

device = "cuda" if torch.cuda.is_available() else "cpu"
app = FastAPI()
speech = pipeline(
    "automatic-speech-recognition",
    model="openai/whisper-small",
    revision="973afd24965f72e36ca33b3055d56a652f456b4d",
    device=device,
)


@app.get("/healthz")
async def healthz():
    return {"alive": True}


@app.get("/readyz")
async def readyz():
    return {"ready": True}


@app.post("/transcribe")
async def transcribe(file: UploadFile):
    return speech(await file.read())
