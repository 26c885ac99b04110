import requests
from flask import Flask, request

app = Flask(__name__)


@app.post("/comments")
def comment():
    verdict = requests.post("http://moderation:8000/predict", json=request.json, timeout=5).json()
    return verdict, 422 if verdict["toxic"] else 201
