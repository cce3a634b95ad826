"""What each completion does, in people's words; its SQL is in normalize/complete.py.

Holds no SQL. A test compares the names with the completions in both directions.
"""

#: rule of a completion, or of what stands in where it finds nothing: what it gives
COMPLETIONS_IN_WORDS: dict[str, str] = {
    "latest_response": "The date, or the id, of the latest response of the RFI.",
    "first_rfi_of_engagement": "The engagement's first RFI by created_at, then by id.",
    "users_who_prioritise": "The users whose priority_reviews name the review, as JSON.",
    "nobody": "An empty JSON array, since no user names the review.",
    "highlights_counted": "The review's highlights counted: all, or those that are resolved.",
    "none": "0, since the review has no highlight.",
    "earliest_rfi": "The created_at of the engagement's earliest RFI, else the snapshot's time.",
    "earliest_engagement": "The created_at of the client's earliest engagement, else the "
    "snapshot's time.",
    "snapshot_time": "When the snapshot was taken.",
}
