"""One document as rows of a finished database, both ways. No stream and no HTTP."""
