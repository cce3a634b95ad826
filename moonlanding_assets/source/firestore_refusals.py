"""What Firestore refuses for good, in words that say what to do. Holds no request and no retries.

Faults that pass by themselves are not here: firestore_retry.py asks again.
"""

import re
from typing import Any

import grpc

from moonlanding_assets.errors import AccessRefused, LiveReadError, ReadTimeRefused
from moonlanding_assets.source.value import timestamp_text

PERMISSIONS = {
    "BatchGetDocuments": ("datastore.entities.get",),
    "RunQuery": ("datastore.entities.get", "datastore.entities.list"),
    "RunAggregationQuery": ("datastore.entities.get", "datastore.entities.list"),
    "PartitionQuery": ("datastore.entities.get", "datastore.entities.list"),
    "ListCollectionIds": ("datastore.entities.list",),
}
ROLE = "roles/datastore.viewer"
HOW_TO_LOG_IN = (
    "Log in with `gcloud auth application-default login`, or name a service account's file in "
    "GOOGLE_APPLICATION_CREDENTIALS. For an emulator set FIRESTORE_EMULATOR_HOST."
)

# Seen in answers: "The requested 'read_time' cannot be in the future.", "The requested snapshot
# version is too old.", "read_time is too old".
_OF_READ_TIME = re.compile(r"read[_ ]?time|snapshot version|too old|retention", re.IGNORECASE)
_UNUSABLE_LOGIN = re.compile(r"RefreshError|invalid_grant|Reauthentication", re.IGNORECASE)


def is_login_useless(error: Any) -> bool:
    """Whether the credentials cannot be used, which gRPC reports as if the server were away."""
    return _UNUSABLE_LOGIN.search(error.details() or "") is not None


def no_credentials() -> AccessRefused:
    """There is nobody to read as."""
    return AccessRefused(f"no Application Default Credentials were found. {HOW_TO_LOG_IN}")


def refusal(error: Any, *, rpc: str, home: Any, read_time_us: int | None) -> LiveReadError:
    """The error of ours for a status that asking again does not change."""
    code, details = error.code(), " ".join((error.details() or "").split())
    if is_login_useless(error) or code is grpc.StatusCode.UNAUTHENTICATED:
        return AccessRefused(f"{home}: the credentials are not accepted. {HOW_TO_LOG_IN}")
    if code is grpc.StatusCode.PERMISSION_DENIED:
        needed = " and ".join(PERMISSIONS[rpc])
        return AccessRefused(
            f"{home}: {rpc} needs the permission {needed}, which these credentials lack (role "
            f"{ROLE} has it and cannot write), or there is no such project. Firestore says: "
            f"{details}"
        )
    if code is grpc.StatusCode.NOT_FOUND:
        return AccessRefused(
            f"{home}: there is no such project, or it has no such database. Check --friday-project,"
            f" --mwr-project and --database. Firestore says: {details}"
        )
    if read_time_us is not None and _is_of_read_time(code, details):
        return ReadTimeRefused(
            f"{home}: Firestore does not have, or no longer has, its state of "
            f"{timestamp_text(read_time_us)}. Without point-in-time recovery it keeps one hour, "
            f"with it seven days by whole minutes. Firestore says: {details}"
        )
    return LiveReadError(f"{home}: Firestore refused {rpc} ({code.name}): {details}")


def _is_of_read_time(code: grpc.StatusCode, details: str) -> bool:
    if code is grpc.StatusCode.FAILED_PRECONDITION:
        return "mode" not in details.lower()  # "... in Datastore Mode" is about the database
    return code is grpc.StatusCode.INVALID_ARGUMENT and bool(_OF_READ_TIME.search(details))
