import base64
import io

import torch
from fastapi import FastAPI
from PIL import Image
from transformers import BlipForConditionalGeneration, BlipProcessor

NAME = "Salesforce/blip-image-captioning-base"
COMMIT = "82a37760796d32b1411fe092ab5d4e227313294b"

assert torch.cuda.is_available(), "no GPU"
app = FastAPI()
processor = BlipProcessor.from_pretrained(NAME, revision=COMMIT)
model = BlipForConditionalGeneration.from_pretrained(NAME, revision=COMMIT).to("cuda")


@app.get("/live")
def live():
    return True


@app.get("/ready")
def ready():
    return True


@app.post("/caption")
def caption(image: str):
    inputs = processor(Image.open(io.BytesIO(base64.b64decode(image))), return_tensors="pt").to("cuda")
    return {"caption": processor.decode(model.generate(**inputs)[0], skip_special_tokens=True)}
