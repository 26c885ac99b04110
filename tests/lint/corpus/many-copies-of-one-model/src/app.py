import lightgbm
from fastapi import FastAPI

app = FastAPI()
model = lightgbm.Booster(model_file="/models/ranker.txt")


@app.get("/live")
def live():
    return {"alive": True}


@app.get("/ready")
def ready():
    return {"ready": True}


@app.post("/rank")
def rank(rows: list[list[float]]):
    return model.predict(rows).tolist()
