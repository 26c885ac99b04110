import subprocess

import httpx
from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/transcribe")
async def transcribe(file: UploadFile):
    wav = subprocess.run(
        ["ffmpeg", "-i", "-", "-ar", "16000", "-f", "wav", "-"],
        input=await file.read(), stdout=subprocess.PIPE, check=True,
    ).stdout
    async with httpx.AsyncClient(timeout=600) as client:
        answer = await client.post("http://whisper:9000/asr", files={"audio_file": wav})
    return answer.text
