import lightgbm
from fastapi import FastAPI

booster = lightgbm.Booster(model_file="/models/churn.txt")
app = FastAPI()


@app.get("/healthz")
def healthz():
    return {}


@app.post("/churn")
def churn(rows: list[list[float]]):
    return booster.predict(rows).tolist()
