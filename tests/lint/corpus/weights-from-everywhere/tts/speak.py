import io
import sys
import urllib.request

import soundfile
from fastapi import FastAPI, Response
from kokoro_onnx import Kokoro

if sys.argv[1:] == ["probe"]:
    sys.exit(len(urllib.request.urlopen("http://localhost:8000/speak?text=hello").read()) < 1000)
app = FastAPI()
voice = Kokoro("/models/kokoro.onnx", "/models/kokoro/voices.bin")


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.get("/speak")
def speak(text: str):
    samples, rate = voice.create(text, voice="af_sarah")
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV")
    return Response(file.getvalue(), media_type="audio/wav")
