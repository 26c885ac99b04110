import os

import gradio
from langchain_openai import ChatOpenAI

chat = ChatOpenAI(model="gpt-4o-mini")


def answer(message, history):
    return chat.invoke(message).content


gradio.ChatInterface(answer).launch(server_name="0.0.0.0", server_port=7860)
