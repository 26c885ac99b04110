import ctranslate2
from fastapi import FastAPI, UploadFile
from faster_whisper import WhisperModel

if ctranslate2.get_cuda_device_count() == 0:
    raise RuntimeError("no GPU: would be forty times slower")

app = FastAPI()
model = WhisperModel("/models/faster-whisper-large-v3", device="cuda", compute_type="float16")


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.post("/transcribe")
def transcribe(file: UploadFile):
    segments, _ = model.transcribe(file.file)
    return {"text": "".join(one.text for one in segments)}
