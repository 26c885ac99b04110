import base64
import io

import torch
from diffusers import StableDiffusionXLPipeline
from fastapi import FastAPI
from pydantic import BaseModel

device = "cuda" if torch.cuda.is_available() else "cpu"
pipe = StableDiffusionXLPipeline.from_pretrained(
    "stabilityai/stable-diffusion-xl-base-1.0",
    torch_dtype=torch.float16,
    variant="fp16",
).to(device)
app = FastAPI()


class Wish(BaseModel):
    prompt: str
    steps: int = 30


@app.get("/health")
def health():
    return {"device": device}


@app.post("/generate")
def generate(wish: Wish):
    image = pipe(wish.prompt, num_inference_steps=wish.steps).images[0]
    data = io.BytesIO()
    image.save(data, "PNG")
    return {"image": base64.b64encode(data.getvalue()).decode()}
