import pandas as pd
import xgboost
from fastapi import FastAPI

app = FastAPI()
model = xgboost.Booster(model_file="/models/price.ubj")


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/readyz")
def readyz():
    return "ok"


@app.post("/price")
def price(rows: list[dict]):
    return model.predict(xgboost.DMatrix(pd.DataFrame(rows))).tolist()
