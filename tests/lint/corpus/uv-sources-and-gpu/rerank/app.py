import torch
from fastapi import APIRouter, FastAPI
from sentence_transformers import CrossEncoder

MODEL, REVISION = "BAAI/bge-reranker-base", "2cfc18c9415c912f9d8155881c133215df768a70"
if not torch.cuda.is_available():
    raise RuntimeError("no GPU: ask for one, or take another image")
model = CrossEncoder(MODEL, revision=REVISION, device="cuda")
router = APIRouter(prefix="/health")


@router.get("/live")
def live():
    return {}


@router.get("/ready")
def ready():
    return {}


app = FastAPI()
app.include_router(router)


@app.post("/rerank")
def rerank(body: dict):
    return {"scores": model.predict([(body["query"], one) for one in body["texts"]]).tolist()}
