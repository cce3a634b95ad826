"""Edge tables of storage paths: what is reduced to a path, and what is refused."""

import pytest

from moonlanding_assets.mapping.places import storage_path, storage_type
from moonlanding_assets.source.value import integer, null, string
from moonlanding_assets_tests.outcomes import Refused, outcome, refused

FIREBASE = "https://firebasestorage.googleapis.com/v0/b/demo.appspot.com/o/"
GOOGLE = "https://storage.googleapis.com/demo.appspot.com/"
DRIVE_ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0-_12"
SIGNED = "?GoogleAccessId=x%40y&Expires=1893456000&Signature=abc%2Fdef%3D"

FOUND = (
    (f"{FIREBASE}c1%2Fe1%2Fr1%2Fq1%2Fbank%20letter_050226_143009?alt=media&token=t", "firebase",
     "c1/e1/r1/q1/bank letter_050226_143009"),
    (f"{FIREBASE}Users%2Fu1%2FCV%20%26%20more.pdf", "firebase", "Users/u1/CV & more.pdf"),
    (f"{FIREBASE}c1%2F100%25.pdf?alt=media", "firebase", "c1/100%.pdf"),
    (f"{FIREBASE}c1%2F%F0%9F%A7%BE.pdf", "firebase", "c1/🧾.pdf"),
    (f"{FIREBASE}c1%2Fa%3Fb.pdf", "firebase", "c1/a?b.pdf"),
    (f"{FIREBASE}c1%2Fa%23b.pdf#page=2", "firebase", "c1/a#b.pdf"),
    (f"{GOOGLE}LockhatInc/c1/e1/a.pdf{SIGNED}", "firebase", "LockhatInc/c1/e1/a.pdf"),
    (f"https://demo.storage.googleapis.com/c1/a.pdf{SIGNED}", "firebase", "c1/a.pdf"),
    ("http://storage.googleapis.com/demo/c1/a.pdf", "firebase", "c1/a.pdf"),
    ("https://storage.cloud.google.com/demo/c1/a.pdf", "firebase", "c1/a.pdf"),
    ("https://storage.googleapis.com/download/storage/v1/b/demo/o/c1%2Fa.pdf?alt=media",
     "firebase", "c1/a.pdf"),
    ("HTTPS://FIREBASESTORAGE.googleapis.com/v0/b/demo/o/a.pdf", "firebase", "a.pdf"),
    ("gs://demo.appspot.com/c1/e1/a%20b.pdf", "firebase", "c1/e1/a%20b.pdf"),
    ("c1/e1/Engagement Letter/a.pdf", "firebase", "c1/e1/Engagement Letter/a.pdf"),
    ("/reviews/r1/a.pdf_1770283712123", "firebase", "reviews/r1/a.pdf_1770283712123"),
    ("c1/a.pdf?alt=media&token=t", "firebase", "c1/a.pdf"),
    ("c1/a.pdf?token=t?u", "firebase", "c1/a.pdf"),
    ("c1/why?.pdf", "firebase", "c1/why?.pdf"),
    ("c1/Re: offer.pdf", "firebase", "c1/Re: offer.pdf"),
    ("c1/a..b/...pdf", "firebase", "c1/a..b/...pdf"),
    ("  c1/a.pdf ", "firebase", "c1/a.pdf"),
    ("'; DROP TABLE users; --", "firebase", "'; DROP TABLE users; --"),
    (DRIVE_ID, "drive", DRIVE_ID),
    (f"https://drive.google.com/file/d/{DRIVE_ID}/view?usp=sharing", "drive", DRIVE_ID),
    (f"https://drive.google.com/drive/folders/{DRIVE_ID}", "drive", DRIVE_ID),
    (f"https://drive.google.com/drive/u/0/folders/{DRIVE_ID}", "drive", DRIVE_ID),
    (f"https://drive.google.com/uc?export=download&id={DRIVE_ID}", "drive", DRIVE_ID),
    (f"https://docs.google.com/document/d/{DRIVE_ID}/edit", "drive", DRIVE_ID),
)  # fmt: skip

REFUSED = (
    ("../../etc/passwd", "path_traversal"),
    ("c1/../c2/a.pdf", "path_traversal"),
    ("c1/./a.pdf", "path_traversal"),
    ("..", "path_traversal"),
    (f"{FIREBASE}c1%2F..%2Fc2%2Fa.pdf", "path_traversal"),
    (f"{FIREBASE}c1%2F%252e%252e%2Fa.pdf", "path_traversal"),
    ("c1/%2e%2e/a.pdf", "path_traversal"),
    ("gs://demo/../a.pdf", "path_traversal"),
    (f"{GOOGLE}../other/a.pdf", "path_traversal"),
    ("c1\\a.pdf", "backslash"),
    (f"{FIREBASE}c1%5Ca.pdf", "backslash"),
    ("c1/a\x00.pdf", "control_character"),
    (f"{FIREBASE}c1%2Fa%00.pdf", "control_character"),
    ("c1/a.pdf\r\n[ERROR] forged", "control_character"),
    (f"{FIREBASE}c1%2Fa%0a.pdf", "control_character"),
    (f"{FIREBASE}%FF.pdf", "not_utf8"),
    (f"{FIREBASE}", "no_object_path"),
    ("https://firebasestorage.googleapis.com/", "no_object_path"),
    ("https://storage.googleapis.com/demo", "no_object_path"),
    ("gs://demo", "no_object_path"),
    ("gs://demo/", "no_object_path"),
    ("c1/e1/", "no_object_path"),
    ("/", "no_object_path"),
    ("?x=1", "no_object_path"),
    ("//evil.example/a.pdf", "ambiguous_path"),
    (f"{FIREBASE}https%3A%2F%2Fevil.example%2Fa", "ambiguous_path"),
    (f"{FIREBASE}%2Fa.pdf", "ambiguous_path"),
    ("gs://demo/a://b.pdf", "ambiguous_path"),
    (f"{FIREBASE}a.pdf%20", "ambiguous_path"),
    (f"{FIREBASE}a.pdf%3Fx%3D1", "ambiguous_path"),
    ("https://example.com/a.pdf", "unknown_host"),
    ("https://firebasestorage.googleapis.com@evil.example/v0/b/x/o/a.pdf", "unknown_host"),
    ("https://firebasestorage.googleapis.com.evil.example/v0/b/x/o/a.pdf", "unknown_host"),
    ("https://evilstorage.googleapis.com/a.pdf", "unknown_host"),
    ("https://[::1/a.pdf", "not_a_url"),
    ("ftp://storage.googleapis.com/demo/a.pdf", "unknown_scheme"),
    ("file:///etc/passwd", "unknown_scheme"),
    ("javascript:alert(1)", "unknown_scheme"),
    ("data:image/png;base64,AAAA", "unknown_scheme"),
    ("C:/temp/a.pdf", "unknown_scheme"),
    ("https://drive.google.com/file/d/short/view", "no_drive_id"),
    ("https://drive.google.com/open", "no_drive_id"),
    (f"https://drive.google.com/open?id={DRIVE_ID}&id={DRIVE_ID}x", "no_drive_id"),
)


@pytest.mark.parametrize(("text", "store", "path"), FOUND)
def test_addresses_become_paths(text: str, store: str, path: str) -> None:
    assert outcome(storage_path, string(text)) == path
    assert outcome(storage_type, string(text)) == store


@pytest.mark.parametrize(("text", "store", "path"), FOUND)
def test_a_path_is_its_own_path_and_keeps_no_credentials(text: str, store: str, path: str) -> None:
    assert outcome(storage_path, string(path)) == path
    assert not any(word in path for word in ("token=", "Signature", "Expires", "://"))


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_dangerous_or_unknown_addresses_are_refused(text: str, reason: str) -> None:
    assert outcome(storage_path, string(text)) == Refused(reason)
    assert outcome(storage_type, string(text)) == Refused(reason)


def test_nothing_is_nothing_and_other_kinds_are_refused() -> None:
    assert outcome(storage_path, string("")) is None
    assert outcome(storage_path, string("  ")) is None
    assert outcome(storage_type, null()) is None
    assert outcome(storage_path, integer(1)) == refused("unexpected_kind")


def test_the_path_comes_back_as_a_string_and_the_store_not_at_all() -> None:
    assert storage_path.inverse("c1/a.pdf") == string("c1/a.pdf")
    assert storage_type.inverse("firebase") is None
