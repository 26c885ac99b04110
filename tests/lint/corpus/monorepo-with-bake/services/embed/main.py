import uvicorn
from fastapi import FastAPI
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("/models/e5-small", device="cuda")
app = FastAPI()


@app.post("/embed")
def embed(texts: list[str]):
    return model.encode(texts).tolist()


uvicorn.run(app, host="0.0.0.0", port=8000)
