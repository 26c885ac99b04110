"""Whether a revision is good enough, and how it takes over from another."""
