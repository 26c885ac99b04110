from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

app = FastAPI()
model = SentenceTransformer(
    "sentence-transformers/all-MiniLM-L6-v2",
    revision="8b3219a92973c328a8e22fadcfa821b5dc75636a",
    device="cpu",
)


class Texts(BaseModel):
    texts: list[str]


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/readyz")
def readyz():
    return {"ready": len(model.encode("ready?")) > 0}


@app.post("/embed")
def embed(body: Texts):
    return {"vectors": model.encode(body.texts).tolist()}
