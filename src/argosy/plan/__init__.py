"""Plan: what is, what should be, and the steps between. Deciding is pure."""
