import os

from fastapi import FastAPI
from haystack import Pipeline
from haystack.components.embedders import SentenceTransformersTextEmbedder
from haystack.components.generators import OpenAIGenerator
from haystack_integrations.components.retrievers.qdrant import QdrantEmbeddingRetriever
from haystack_integrations.document_stores.qdrant import QdrantDocumentStore

store = QdrantDocumentStore(url=os.environ["QDRANT"], index="handbook")
pipeline = Pipeline()
pipeline.add_component("embed", SentenceTransformersTextEmbedder(model="thenlper/gte-small"))
pipeline.add_component("find", QdrantEmbeddingRetriever(document_store=store))
pipeline.add_component("answer", OpenAIGenerator(model="gpt-4o-mini"))
pipeline.connect("embed.embedding", "find.query_embedding")
pipeline.warm_up()
app = FastAPI()


@app.get("/health")
def health():
    return {}


@app.post("/search")
def search(question: str):
    return pipeline.run({"embed": {"text": question}})
