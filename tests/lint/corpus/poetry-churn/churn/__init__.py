"""Who will leave."""
