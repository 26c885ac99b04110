import bentoml
from transformers import pipeline


@bentoml.service(traffic={"timeout": 60})
class Summarizer:
    def __init__(self) -> None:
        self.pipe = pipeline("summarization", model="sshleifer/distilbart-cnn-12-6")

    @bentoml.api
    def summarize(self, text: str) -> str:
        return self.pipe(text)[0]["summary_text"]
