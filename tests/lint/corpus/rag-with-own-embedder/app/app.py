import ollama
import requests
from flask import Flask, request
from pymilvus import MilvusClient

app = Flask(__name__)
store = MilvusClient("http://milvus:19530")
model = ollama.Client("http://ollama:11434")


@app.post("/ask")
def ask():
    vector = requests.post("http://embedder:9001/embed", json=[request.json["question"]]).json()[0]
    found = store.search("docs", [vector], output_fields=["text"])[0]
    context = "\n".join(one["entity"]["text"] for one in found)
    return model.generate("llama3.2:1b", f"{context}\n\n{request.json['question']}").response


app.run(host="0.0.0.0", port=8080)
