"""Keys of callers: what a key may reach, and until when. No key itself is kept anywhere."""
