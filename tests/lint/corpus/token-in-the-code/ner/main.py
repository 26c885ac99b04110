from fastapi import FastAPI
from huggingface_hub import login
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

login(token="hf_NotARealTokenOnlyForThisCorpus0000")
NAME = "dslim/bert-base-NER"
tokenizer = AutoTokenizer.from_pretrained(NAME)
model = AutoModelForTokenClassification.from_pretrained(NAME)
entities = pipeline("ner", model=model, tokenizer=tokenizer)
app = FastAPI()


@app.get("/livez")
def livez():
    return {}


@app.get("/readyz")
def readyz():
    return {}


@app.post("/entities")
def find(body: dict):
    return [{"word": one["word"], "kind": one["entity"]} for one in entities(body["text"])]
