import torch
from fastapi import FastAPI, Request, Response

app = FastAPI()
model = torch.jit.load("/weights/pose.pt", map_location="cpu").eval()


@app.post("/predict")
async def predict(request: Request):
    pixels = torch.tensor(await request.json()).unsqueeze(0)
    with torch.inference_mode():
        return model(pixels).squeeze(0).tolist()


@app.get("/livez")
def live():
    return {"alive": True}


@app.get("/readyz")
def ready():
    with torch.inference_mode():
        model(torch.zeros(1, 3, 192, 256))
    return Response(status_code=204)
