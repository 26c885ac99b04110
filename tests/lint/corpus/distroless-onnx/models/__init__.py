"""What requests and answers look like."""

from dataclasses import dataclass


@dataclass
class Answer:
    label: str
