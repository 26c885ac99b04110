import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health():
    return "ok"


@app.post("/entities")
def entities(body: dict):
    return httpx.post("http://ner:8000/entities", json=body).json()
