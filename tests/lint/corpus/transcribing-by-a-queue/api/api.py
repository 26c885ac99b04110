import os

from celery import Celery
from fastapi import FastAPI

queue = Celery("speech", broker=os.environ["BROKER"], backend=os.environ["BROKER"])
app = FastAPI()


@app.get("/health")
def health():
    return "ok"


@app.post("/jobs")
def job(path: str):
    return {"id": queue.send_task("worker.transcribe", [path]).id}
