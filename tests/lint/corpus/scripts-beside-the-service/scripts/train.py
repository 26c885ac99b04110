import wandb
from datasets import load_dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer

wandb.init(project="embeddings")
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
model = AutoModelForSequenceClassification.from_pretrained("bert-base-uncased")
data = load_dataset("imdb").map(lambda row: tokenizer(row["text"], truncation=True))
Trainer(model, train_dataset=data["train"]).train()
