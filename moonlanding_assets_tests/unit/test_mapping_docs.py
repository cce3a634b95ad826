"""docs/mapping.md is what the mappings say; every rule has words; lineage names real fields."""

from pathlib import Path

import pytest

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.suggest import declared_field
from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.completions import COMPLETIONS_IN_WORDS
from moonlanding_assets.mapping.describe import (
    describe_all,
    describe_collection,
    describe_table,
    lineage,
    mappings_of,
)
from moonlanding_assets.mapping.language import Completed, Fallback, Row, take
from moonlanding_assets.mapping.texts import text
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.mapping.words import completion_words, fallback_words, rule_words
from moonlanding_assets.normalize.complete import COMPLETIONS
from moonlanding_assets.schema.catalogue import BASE_TABLES, TABLE

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"


def test_the_page_is_what_the_mappings_say() -> None:
    told = "write it again: python -m moonlanding_assets.mapping.describe > docs/mapping.md"
    assert PAGE.read_text() == describe_all(), told


def test_every_table_and_every_collection_is_on_the_page() -> None:
    page = describe_all()
    for table in BASE_TABLES:
        assert f"`{table.name}`" in page
    for key in BY_KEY:
        assert f"\n## {key}\n" in page


@pytest.mark.parametrize("table", [name for name in TABLE if mappings_of(name)])
def test_a_table_has_a_line_for_every_column_of_every_mapping(table: str) -> None:
    page = describe_table(table)
    for column in TABLE[table].columns:
        lines = [line for line in page.splitlines() if line.startswith(f"| `{column.name}` |")]
        assert len(lines) == len(mappings_of(table))
        assert all(len(line.replace("\\|", "").split("|")) == 6 for line in lines)


def test_words_of_one_rule_of_each_kind() -> None:
    page = describe_table("engagement")
    assert "| `client_id` | `client_id`, else `client`, else `client_name` |" in page
    assert "gets a placeholder row in client; else the one document whose name" in page
    assert "unknown_client: One placeholder client" in page
    assert "| `stage` | `stage` | stage: The stage of an engagement" in page
    assert "the default 'info_gathering' |" in page
    assert "earliest_rfi: The created_at of the engagement's earliest RFI" in page
    assert "always '!': no hash can equal it" in describe_table("users")
    assert "| no row: quarantined |" in describe_table("users")
    highlight = describe_table("highlight")
    assert "One row for each item of `highlights`." in highlight
    assert "`highlights[].comment.text`, else `highlights[].comment`" in highlight
    assert "| a copy; decimal_text:" in highlight
    assert "(one way, derived: the content itself" in highlight
    assert "`status` and `client_status` | rfi_status_of:" in describe_table("rfi")
    assert "One row for the map `tender_details`." in describe_table("tender")
    assert "No source collection gives rows" in describe_table("sessions")


def test_words_of_collections() -> None:
    assert "| `engagement_type` | no column holds it |" in describe_collection("friday/engagements")
    assert "Not migrated on purpose" in describe_collection("friday/email_counters")
    assert "the residue keeps them whole" in describe_collection("friday/entity_types")
    assert "Never read: `keys`." in describe_collection("friday/settings")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(DeclarationError, match="no table"):
        describe_table("engagements")
    with pytest.raises(DeclarationError, match="no table"):
        lineage("nothing")
    with pytest.raises(DeclarationError, match="no collection"):
        describe_collection("friday/nothing")


def test_completions_and_their_words_are_the_same_set() -> None:
    said = {
        getattr(rule, "completed", "") or (rule.rule if isinstance(rule, Completed) else "")
        for one in MAPPINGS
        for mapping in one.tables
        for rule in mapping.columns.values()
    } - {""}
    done = {one.rule for one in COMPLETIONS}
    assert done == set(COMPLETIONS_IN_WORDS)
    assert said <= done


def test_a_rule_without_words_is_refused() -> None:
    def mute(row: Row) -> SqlValue:
        return row.document_id

    with pytest.raises(DeclarationError, match="mute"):
        fallback_words(Fallback("mute", mute))
    with pytest.raises(DeclarationError, match="nothing_known"):
        completion_words("nothing_known")
    with pytest.raises(DeclarationError, match="mute"):
        rule_words(take("name", by=text, otherwise=Fallback("mute", mute)))


def test_lineage_names_declared_fields_of_every_column() -> None:
    for table in TABLE:
        held = lineage(table)
        assert list(held) == [column.name for column in TABLE[table].columns]
        for column, sources in held.items():
            for collection, field in sources:
                names = tuple(field.split("."))
                assert declared_field(collection, names), f"{table}.{column} {collection} {field}"


def test_lineage_of_some_columns() -> None:
    assert lineage("users")["email"] == (("friday/users", "email"), ("mwr/users", "email"))
    assert lineage("highlight")["comment"] == (
        ("mwr/reviews", "highlights.comment.text"),
        ("mwr/reviews", "highlights.comment"),
    )
    assert lineage("tender")["name"] == (("mwr/reviews", "groupName"),)
    assert lineage("flag")["flag_type"] == (("mwr/reviews", "flags"),)
    assert lineage("users")["password_hash"] == ()
    assert lineage("sessions")["id"] == ()
