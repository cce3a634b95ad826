"""What SQLite, the system and Dagster say when the machine gives out, and what a person can do.

Holds words only. Our own exceptions say it themselves.
"""

import re

_KNOWN = (
    (
        ("disk is full", "No space left on device", "Disk quota exceeded", "File too large"),
        "the disk or its quota is full: make room, then type the command again; nothing "
        "half-written is used",
    ),
    (
        ("database is locked", "database table is locked"),
        "another process holds a database locked: let it end, then type the command again",
    ),
    (
        (
            "readonly database",
            "unable to open database file",
            "Read-only file system",
            "Permission denied",
        ),
        "a file or directory cannot be written: give this user the right to, then type the "
        "command again",
    ),
)
_STATEMENT = re.compile(r"\n\[SQL: .*?\n\(Background on this error at: [^\n]*\)", re.DOTALL)


def plainly(message: str) -> str:
    """The message with what it means before it; "" when it is about no such fault."""
    for signs, said in _KNOWN:
        if any(sign in message for sign in signs):
            return f"{said}\n{_STATEMENT.sub('', message)}"
    return ""
