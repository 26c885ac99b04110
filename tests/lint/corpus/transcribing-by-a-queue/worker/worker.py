import os

from celery import Celery
from faster_whisper import WhisperModel

app = Celery("speech", broker=os.environ["BROKER"], backend=os.environ["BROKER"])
model = WhisperModel("/models/faster-whisper-large-v3", device="cuda", compute_type="float16")


@app.task
def transcribe(path):
    segments, _ = model.transcribe(path)
    return " ".join(one.text for one in segments)
