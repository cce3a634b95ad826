"""What fences those who speak straight to Firestore: texts to read and to apply by hand.

Security rules bind web and mobile clients, IAM binds servers; the gateway binds neither. Made from
the declared collections: the same declarations, the same bytes. Nothing here is carried out
(cutover/switch/direct_fence.py), and no secret is in it.
"""

import json
import shlex
from collections.abc import Iterator

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.contract.language import Collection

#: Roles that can write documents. Owners and editors can as well: they are listed, not removed.
WRITE_ROLES = (
    "roles/datastore.owner",
    "roles/datastore.user",
    "roles/datastore.importExportAdmin",
    "roles/firebase.admin",
    "roles/firebase.developAdmin",
    "roles/firebase.sdkAdminServiceAgent",
)
READ_ROLE = "roles/datastore.viewer"


def fence_files(system: str, *, project: str, database: str, keep: str) -> dict[str, str]:
    """File name → text, for one project: rules, what deploys them, fence and unfence commands.

    keep: the member that may go on writing (the reverse sync's service account), "" for nobody.
    """
    return {
        f"{system}.firestore.rules": rules(system, project=project),
        f"{system}.firebase.json": _deployed(database, f"{system}.firestore.rules"),
        f"{system}.before.firebase.json": _deployed(database, f"{system}.before.rules"),
        f"{system}.fence.sh": "\n".join(_fence(system, project, keep)) + "\n",
        f"{system}.unfence.sh": "\n".join(_unfence(system, project, keep)) + "\n",
        f"{system}.canary.sh": "\n".join(_canary(system, project, database)) + "\n",
    }


def rules(system: str, *, project: str) -> str:
    """Read-only rules of every declared collection of the system; what is secret is closed."""
    return "\n".join(_rules(system, project)) + "\n"


def _rules(system: str, project: str) -> Iterator[str]:
    yield "rules_version = '2';"
    yield f"// Read-only rules of {system} (project {project}): nobody writes."
    yield "// Who may read is one function: put the condition of your present rules into it."
    yield "service cloud.firestore {"
    yield "  match /databases/{database}/documents {"
    yield "    function mayRead() {"
    yield "      return request.auth != null;"
    yield "    }"
    for one in COLLECTIONS:
        if one.system == system:
            yield from _of_collection(one)
    yield "    // whatever else there is"
    yield "    match /{document=**} {"
    yield "      allow read, write: if false;"
    yield "    }"
    yield "  }"
    yield "}"


def _of_collection(one: Collection) -> Iterator[str]:
    closed = "secret" if one.presence == "secret" else ""
    if one.secret_fields and not closed:
        closed = f"holds secret fields ({', '.join(sorted(one.secret_fields))})"
    yield f"    // {one.key}{f': {closed}, so nobody reads it here' if closed else ''}"
    for pattern in one.patterns:
        yield f"    match /{pattern} {{"
        if not closed:
            yield "      allow read: if mayRead();"
        yield "      allow write: if false;"
        yield "    }"


def _deployed(database: str, rules_file: str) -> str:
    content = {"firestore": [{"database": database, "rules": rules_file}]}
    return json.dumps(content, indent=2) + "\n"


def _fence(system: str, project: str, keep: str) -> Iterator[str]:
    yield from _head(system, project, "takes writing away from everybody")
    yield f"KEEP={shlex.quote(keep)}  # who may go on writing: the identity of the reverse sync"
    yield ""
    yield f"# 1. The way back first: put the rules of today into {system}.before.rules (from your"
    yield "#    repository, or the console), and keep who has which role."
    yield f"test -s {system}.before.rules"
    yield 'gcloud projects get-iam-policy "$PROJECT" --flatten="bindings[].members" \\'
    yield '  --format="csv[no-heading](bindings.role,bindings.members)" \\'
    yield f"  > {system}.iam-before.csv"
    yield ""
    yield "# 2. Web and mobile clients: rules. They hold within a minute, streams within ten."
    yield f"firebase deploy --config {system}.firebase.json --only firestore:rules \\"
    yield '  --project "$PROJECT"'
    yield ""
    yield "# 3. Servers, functions, scripts: roles that write become a role that reads."
    yield from _loop(system, "remove-iam-policy-binding", "add-iam-policy-binding")
    yield "# Owners, editors and custom roles write as well. They are listed: decide by hand."
    yield f"grep -E '^(roles/owner|roles/editor|projects/)' {system}.iam-before.csv || true"
    yield ""
    yield "# 4. What writes by itself: functions with triggers, and jobs. Listed: pause by hand."
    yield 'gcloud functions list --project "$PROJECT"'
    yield 'gcloud scheduler jobs list --project "$PROJECT" || true'
    yield ""
    yield f"# 5. The proof is {system}.canary.sh: a write of before must be refused (403)."


def _canary(system: str, project: str, database: str) -> Iterator[str]:
    yield from _head(system, project, "ends with 0 when a write by who could write is refused")
    url = (
        "https://firestore.googleapis.com/v1/projects/$PROJECT/databases/"
        f"{database}/documents/moonlanding/canary"
    )
    yield "code=$(curl -sS -o /dev/null -w '%{http_code}' -X PATCH -d '{\"fields\":{}}' \\"
    yield '  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\'
    yield "  -H 'Content-Type: application/json' \\"
    yield f'  "{url}")'
    yield 'echo "$code"'
    yield 'test "$code" = 403'


def _unfence(system: str, project: str, keep: str) -> Iterator[str]:
    yield from _head(system, project, "gives writing back as it was")
    yield f"KEEP={shlex.quote(keep)}"
    yield f"firebase deploy --config {system}.before.firebase.json --only firestore:rules \\"
    yield '  --project "$PROJECT"'
    yield from _loop(system, "add-iam-policy-binding", "remove-iam-policy-binding")


def _head(system: str, project: str, what: str) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# {system}: {what}. Read it before anybody runs it."
    yield "set -eu"
    yield f"PROJECT={shlex.quote(project)}"


def _loop(system: str, verb: str, reading: str) -> Iterator[str]:
    yield "while IFS=, read -r role member; do"
    yield '  if [ "$member" = "$KEEP" ]; then continue; fi'
    yield '  case "$role" in'
    yield f"    {'|'.join(WRITE_ROLES)})"
    yield f'      gcloud projects {verb} "$PROJECT" --member="$member" \\'
    yield '        --role="$role" --condition=None --quiet > /dev/null'
    yield f'      if ! grep -qxF "{READ_ROLE},$member" {system}.iam-before.csv; then'
    yield f'        gcloud projects {reading} "$PROJECT" --member="$member" \\'
    yield f"          --role={READ_ROLE} --condition=None --quiet > /dev/null"
    yield "      fi"
    yield "      ;;"
    yield "  esac"
    yield f"done < {system}.iam-before.csv"
