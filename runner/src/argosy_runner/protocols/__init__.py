"""The ways of asking a replica. One file each."""
