"""The end: 24 green hours, an archive that was restored, a signature; then S9 -> S10 -> S11."""
