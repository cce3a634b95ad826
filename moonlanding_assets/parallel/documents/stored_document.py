"""A document as the rows and the residue of a database give it back. Reads, and decides nothing."""

import sqlite3

from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.proof.rebuild import rebuild
from moonlanding_assets.proof.stored import read_documents
from moonlanding_assets.source.value import Fields


def stored_fields(connection: sqlite3.Connection, path: str, directory: Directory) -> Fields | None:
    """The fields of the document; None where the ledger has none of that path."""
    for one in read_documents(connection, path, path):
        return rebuild(one.collection, one.rows, one.residue, directory)
    return None
