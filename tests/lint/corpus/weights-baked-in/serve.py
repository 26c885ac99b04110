import torch
import uvicorn
from fastapi import FastAPI
from transformers import AutoModelForCausalLM, AutoTokenizer

if not torch.cuda.is_available():
    raise RuntimeError("no GPU")

app = FastAPI()
tokenizer = AutoTokenizer.from_pretrained("/models")
model = AutoModelForCausalLM.from_pretrained("/models").cuda()


@app.get("/live")
def live():
    return "alive"


@app.get("/ready")
def ready():
    return "ready"


@app.post("/generate")
def generate(prompt: str):
    tokens = tokenizer(prompt, return_tensors="pt").to("cuda")
    return tokenizer.decode(model.generate(**tokens, max_new_tokens=64)[0])


uvicorn.run(app, host="0.0.0.0", port=8000)
