import os

import llama_cpp
import uvicorn
from fastapi import FastAPI, Response

assert llama_cpp.llama_supports_gpu_offload(), "this build of llama.cpp sees no GPU"

app = FastAPI()
model = None


@app.on_event("startup")
def load() -> None:
    global model
    model = llama_cpp.Llama(model_path=os.environ["MODEL_PATH"], n_gpu_layers=-1, n_ctx=8192)


@app.get("/health")
def health() -> dict:
    return {"status": "alive"}


@app.get("/ready")
def ready(response: Response) -> dict:
    if model is None:
        response.status_code = 503
    return {"ready": model is not None}


@app.post("/v1/chat/completions")
def chat(request: dict) -> dict:
    return model.create_chat_completion(request["messages"], max_tokens=request.get("max_tokens", 256))


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=8000)
