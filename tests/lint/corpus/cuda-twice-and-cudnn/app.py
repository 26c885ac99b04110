import io

import torch
from fastapi import FastAPI, UploadFile
from PIL import Image
from ultralytics import YOLO

if not torch.cuda.is_available():
    raise SystemExit("no GPU")
app = FastAPI()
model = YOLO("/weights/yolo11s.pt")


@app.get("/health")
def health():
    return {"ok": True}


@app.get("/ready")
def ready():
    return {"ready": model is not None}


@app.post("/detect")
async def detect(file: UploadFile):
    boxes = model(Image.open(io.BytesIO(await file.read())))[0].boxes
    return {"boxes": boxes.xyxy.tolist()}
