"""The models' data: addressed by content, kept read-only, never baked into an image."""
