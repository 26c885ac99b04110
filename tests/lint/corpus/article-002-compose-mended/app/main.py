import requests
from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
def predict(data: dict):
    response = requests.post(
        "http://model:8000/predict",
        json=data
    )
    return response.json()
