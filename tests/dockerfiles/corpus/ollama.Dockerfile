FROM ollama/ollama:0.3.12
ENV OLLAMA_HOST=0.0.0.0:11434
RUN ollama serve & sleep 5 && ollama pull llama3.1 && pkill ollama
EXPOSE 11434
