"""What several scorers share: reading options, texts, numbers and JSON. No I/O here."""
