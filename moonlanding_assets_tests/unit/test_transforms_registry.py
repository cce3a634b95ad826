"""The registry in both directions: its names as literals, and every transform of every module."""

import ast
import doctest
from pathlib import Path
from types import ModuleType

import pytest

from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping import (
    enumerations,
    enumerations_reviews,
    instants,
    lists,
    numbers,
    people,
    places,
    structures,
    texts,
    times,
    transform,
    truths,
    years,
)
from moonlanding_assets.mapping.reasons import REASONS
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value, nothing_back, text_in
from moonlanding_assets.mapping.transforms import TRANSFORM, TRANSFORMS

MODULES: tuple[ModuleType, ...] = (
    times, years, truths, numbers, texts, people, places, structures, lists, enumerations,
    enumerations_reviews,
)  # fmt: skip

#: name: (meaning, declared type of the column it is meant for)
NAMES = {
    "utc_timestamp": ("time", "TEXT"),
    "unix_seconds": ("time", "INTEGER"),
    "date": ("text", "TEXT"),
    "local_timestamp": ("time", "TEXT"),
    "local_iso_timestamp": ("time", "TEXT"),
    "local_seconds_timestamp": ("time", "TEXT"),
    "local_date_timestamp": ("time", "TEXT"),
    "four_digit_year": ("text", "TEXT"),
    "financial_year": ("text", "TEXT"),
    "boolean": ("boolean", "INTEGER"),
    "negated_boolean": ("boolean", "INTEGER"),
    "integer": ("number", "INTEGER"),
    "integer_text": ("number", "TEXT"),
    "file_size": ("number", "INTEGER"),
    "number": ("number", "REAL"),
    "exact_number": ("any", "ANY"),
    "decimal_text": ("number", "TEXT"),
    "text": ("text", "TEXT"),
    "trimmed_text": ("text", "TEXT"),
    "first_line": ("text", "TEXT"),
    "mime_type": ("text", "TEXT"),
    "comment_text": ("text", "TEXT"),
    "number_or_text": ("text", "TEXT"),
    "joined_emails": ("text", "TEXT"),
    "email_list": ("text", "TEXT"),
    "highlight_type": ("text", "TEXT"),
    "document_id": ("reference", "TEXT"),
    "embedded_reference": ("reference", "TEXT"),
    "email": ("email", "TEXT"),
    "user_key": ("reference", "TEXT"),
    "first_user_key": ("reference", "TEXT"),
    "name_before_at": ("text", "TEXT"),
    "storage_path": ("path", "TEXT"),
    "storage_type": ("text", "TEXT"),
    "json_text": ("json", "TEXT"),
    "json_map": ("json", "TEXT"),
    "json_array": ("json", "TEXT"),
    "pdf_rect": ("json", "TEXT"),
    "pdf_rects": ("json", "TEXT"),
    "pdf_position": ("json", "TEXT"),
    "geopoint": ("json", "TEXT"),
    "base64_text": ("text", "TEXT"),
    "address": ("text", "TEXT"),
    "text_list": ("json", "TEXT"),
    "document_ids": ("json", "TEXT"),
    "user_keys": ("json", "TEXT"),
    "first_email": ("email", "TEXT"),
    "list_length": ("number", "INTEGER"),
    "stage": ("text", "TEXT"),
    "engagement_status": ("text", "TEXT"),
    "repeat_interval": ("text", "TEXT"),
    "client_status": ("text", "TEXT"),
    "auditor_status": ("text", "TEXT"),
    "rfi_status": ("text", "TEXT"),
    "rfi_question_status": ("text", "TEXT"),
    "rfi_client_status": ("text", "TEXT"),
    "rfi_state": ("text", "TEXT"),
    "rfi_priority": ("text", "TEXT"),
    "response_type": ("text", "TEXT"),
    "letter_client_status": ("text", "TEXT"),
    "letter_auditor_status": ("text", "TEXT"),
    "post_rfi_client_status": ("text", "TEXT"),
    "post_rfi_auditor_status": ("text", "TEXT"),
    "review_status": ("text", "TEXT"),
    "review_stage": ("text", "TEXT"),
    "review_archived": ("boolean", "INTEGER"),
    "review_type": ("text", "TEXT"),
    "template_type": ("text", "TEXT"),
    "highlight_status": ("text", "TEXT"),
    "access_type": ("text", "TEXT"),
    "is_permanent": ("boolean", "INTEGER"),
    "tender_flag": ("text", "TEXT"),
    "user_status": ("text", "TEXT"),
    "user_active": ("text", "TEXT"),
    "user_type": ("text", "TEXT"),
    "client_state": ("text", "TEXT"),
    "risk_level": ("text", "TEXT"),
    "role": ("text", "TEXT"),
    "mwr_role": ("text", "TEXT"),
    "role_name": ("text", "TEXT"),
    "client_role": ("text", "TEXT"),
    "email_status": ("text", "TEXT"),
    "recreation_action": ("text", "TEXT"),
    "month": ("text", "TEXT"),
}
ONE_WAY = {"highlight_type", "name_before_at", "storage_type", "list_length"}


def test_the_registry_holds_these_transforms_in_this_order() -> None:
    assert [one.name for one in TRANSFORMS] == list(NAMES)
    assert {one.name: (one.meaning, one.sql_type) for one in TRANSFORMS} == NAMES
    assert list(TRANSFORM.values()) == list(TRANSFORMS)


def test_every_transform_of_every_module_is_registered() -> None:
    declared = [
        one for module in MODULES for one in vars(module).values() if isinstance(one, Transform)
    ]
    assert set(declared) == set(TRANSFORMS)
    assert len(set(TRANSFORMS)) == len(TRANSFORMS)


def test_a_one_way_transform_says_why_and_gives_nothing_back() -> None:
    assert {one.name for one in TRANSFORMS if one.one_way} == ONE_WAY
    assert {one.name for one in TRANSFORMS if one.inverse is nothing_back} == ONE_WAY


@pytest.mark.parametrize("one", TRANSFORMS, ids=list(NAMES))
def test_every_transform_says_what_it_does_and_shows_an_example(one: Transform) -> None:
    assert one.summary.endswith(".")
    assert len(one.summary) <= 100
    assert ">>>" in (one.forward.__doc__ or "")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rsplit(".")[-1])
def test_the_examples_are_true(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.failed == 0
    assert results.attempted > 0 or module is enumerations_reviews


def test_every_reason_is_explained_and_every_explanation_is_used() -> None:
    assert _reasons_raised() == set(REASONS)


def _reasons_raised() -> set[str]:
    raised = set()
    for module in (*MODULES, transform, instants):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            is_refusal = isinstance(node, ast.Call) and ast.unparse(node.func) == "RejectedValue"
            if is_refusal and isinstance(node, ast.Call):
                raised.add(ast.literal_eval(node.args[0]))
    return raised


def test_no_transform_sees_the_clock_or_chance() -> None:
    for module in (*MODULES, transform, instants):
        source = Path(str(module.__file__)).read_text()
        for word in ("now(", "today(", "random", "uuid", "lambda"):
            assert word not in source, (module.__name__, word)


def test_a_transform_without_a_word_about_itself_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"^transform silent: say in one line what it does$"):
        Transform("silent", "text", silent, nothing_back)


def silent(value: Value) -> SqlValue:
    return None


def spoken(value: Value) -> SqlValue:
    """Nothing, whatever comes.

    Whose second paragraph is no summary.
    """
    return None


def blank(value: Value) -> SqlValue:
    """ """
    return None


def test_a_transform_is_summed_up_by_the_first_line_unless_it_says_otherwise() -> None:
    plain = Transform("spoken", "text", spoken, nothing_back)
    assert (plain.summary, plain.sql_type, plain.one_way) == (
        "Nothing, whatever comes.",
        "TEXT",
        "",
    )
    own = Transform("spoken", "text", spoken, nothing_back, summary="In its own words.")
    assert own.summary == "In its own words."
    with pytest.raises(DeclarationError, match="transform blank"):
        Transform("blank", "text", blank, nothing_back)


def test_text_in_gives_none_for_null_only() -> None:
    assert text_in({"nullValue": None}) is None
    assert text_in({"stringValue": ""}) == ""
