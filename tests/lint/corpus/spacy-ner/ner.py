import spacy
from fastapi import FastAPI

nlp = spacy.load("en_core_web_sm")
app = FastAPI()


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.get("/ner")
def ner(text: str):
    return [{"text": one.text, "label": one.label_} for one in nlp(text).ents]
