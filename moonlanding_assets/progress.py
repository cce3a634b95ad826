"""How a long piece of work says that it goes on: one small protocol and its silent form.

Holds no output: a bar or a log line belongs to whoever runs the work.
"""

from typing import Protocol


class Progress(Protocol):
    """Told of documents as they are done; `documents` is how many since the last call."""

    def advance(self, documents: int) -> None:
        """Count so many more documents as done."""


class Silent:
    """The progress of work that nobody watches."""

    def advance(self, documents: int) -> None:
        """Do nothing with the count."""
