import io
import json
import sys
import urllib.request

import boto3
import cloudpickle
import joblib
import pandas
import torch
import uvicorn
import xgboost
from fastapi import FastAPI

if sys.argv[1:] == ["probe"]:
    sys.exit(json.load(urllib.request.urlopen("http://localhost:8000/score?x=1"))["score"] < 0)

s3 = boto3.client("s3")
scaler = joblib.load(io.BytesIO(s3.get_object(Bucket="models", Key="scaler.joblib")["Body"].read()))
columns = pandas.read_pickle("https://models.example.com/columns.pkl")
rules = cloudpickle.loads(urllib.request.urlopen("https://models.example.com/rules.pkl").read())
s3.download_file("models", "booster.json", "/models/booster.json")
booster = xgboost.Booster(model_file="/models/booster.json")
head = torch.load("/models/head.pt", map_location="cpu", weights_only=True)
app = FastAPI()


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.get("/score")
def score(x: float):
    row = scaler.transform([[x] * len(columns)])
    return {"score": float(booster.predict(xgboost.DMatrix(row))[0]) * rules["weight"]}


uvicorn.run(app, host="0.0.0.0", port=8000)
