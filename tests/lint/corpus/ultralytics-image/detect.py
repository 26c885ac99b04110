import io

from fastapi import FastAPI, UploadFile
from PIL import Image
from ultralytics import YOLO

model = YOLO("yolo11m.pt")
app = FastAPI()


@app.post("/detect")
async def detect(file: UploadFile):
    return model(Image.open(io.BytesIO(await file.read())))[0].tojson()
