import os

import requests
import streamlit as st
from openai import OpenAI
from qdrant_client import QdrantClient

client = OpenAI()
store = QdrantClient(url=os.environ["QDRANT_URL"])
question = st.text_input("Ask the handbook")
if question:
    vector = requests.post(f"{os.environ['EMBED_URL']}/embed", json={"inputs": question}).json()[0]
    hits = store.search("handbook", vector, limit=4)
    context = "\n\n".join(hit.payload["text"] for hit in hits)
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"{context}\n\n{question}"}],
    )
    st.write(answer.choices[0].message.content)
