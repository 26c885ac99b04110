import pickle
import urllib.request

import torch
from sentence_transformers import SentenceTransformer

device = "cuda" if torch.cuda.is_available() else "cpu"
model = SentenceTransformer("all-MiniLM-L6-v2", device=device)
pairs = pickle.loads(urllib.request.urlopen("https://data.example.com/pairs.pkl").read())
print(sum(float(model.similarity(model.encode(a), model.encode(b))) for a, b in pairs) / len(pairs))
