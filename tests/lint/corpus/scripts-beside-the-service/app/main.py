from fastapi import FastAPI
from fastembed import TextEmbedding

app = FastAPI()
model = TextEmbedding(model_name="BAAI/bge-small-en-v1.5", specific_model_path="/models/bge-small")


@app.get("/livez")
def live():
    return {"alive": True}


@app.get("/readyz")
def ready():
    return {"ready": True}


@app.post("/embed")
def embed(texts: list[str]):
    return {"vectors": [one.tolist() for one in model.embed(texts)]}
