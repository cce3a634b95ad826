"""The contract against literals: its 42 collections, their fields, paths and secrets."""

import pytest

from moonlanding_assets.contract.catalogue import (
    BY_KEY,
    COLLECTIONS,
    SYSTEM_ROOTS,
    match,
    pattern_key,
)
from moonlanding_assets.contract.fields import text
from moonlanding_assets.contract.language import Collection, Field, Refers
from moonlanding_assets.errors import DeclarationError

# Pinned: a field that comes or goes is a decision, not an accident.
FIELDS = {
    "friday/users": (
        "cloud_id email name displayName type role role_name teams status uid authProvider "
        "photo photoURL clients cv_url createdTime created_at"
    ),
    "friday/users_permissions": "name key roles",
    "friday/user_groups": "cloud_id",
    "friday/teams": "name users partners",
    "friday/clients_document": "",
    "friday/clients": (
        "name entity_type status users engagements master_emails email address client_code "
        "created_by risk_level risk_notes risk_assessed_at stage_counts fees"
    ),
    "friday/entity_types": "name letter_template",
    "friday/engagement_types": "name",
    "friday/engagements_document": (
        "PendingCounts InfoGathering Commencement TeamExecution PartnerReview Finalization CloseOut"
    ),
    "friday/engagements": (
        "client client_id client_name engagement_type year month commencement_date "
        "completion_date deadline_date team status stage user users client_users "
        "repeat_interval progress client_progress fee fee_split engagement_letter post_rfi "
        "post_rfi_journal feedback clerksCanApprove rfis_linked review_link "
        "previous_year_review_link finalization_notice_client recreate_with_attachments name "
        "title scope createdTime created_at createdBy"
    ),
    "friday/engagements_sections": "name key order color",
    "friday/engagements_rfis": (
        "key name question section_cloud_id engagement_rfi_cloud_id date_requested "
        "date_resolved deadline deadline_date status rfi_status auditor_status client_status "
        "users responses files filesCount responseCount days_outstanding flag ml_query "
        "recreate_with_attachments lastMessageBy teamChatCount lastUpdatedTimeStamp "
        "lastTeamChatTimestamp review_id highlight_id order"
    ),
    "friday/engagements_rfis_activity": "message user_email dateTime",
    "friday/engagements_activity": "message user_email dateTime",
    "friday/engagements_files": "question_id url name type size user datetime response_id",
    "friday/engagements_responses": "question_id text user datetime type attachments",
    "friday/engagements_chat": (
        "user_email datetime message photo attachments reply_to isFridayMessage isReviewMessage"
    ),
    "friday/engagements_last_read_messages": "user_email datetime message_id",
    "friday/engagements_checklists": (
        "name question datetime friday_pushed resolved resolvedBy resolvedDate responses"
    ),
    "friday/engagements_rfis_team_chat": (
        "user_email datetime message photo attachments reply_to isFridayMessage"
    ),
    "friday/client_sent_notifications": "engagement rfi users",
    "friday/recreation_logs": "engagementId clientId engagementTypeId status details timestamp",
    "friday/templates": "name sections",
    "friday/rfis": (
        "engagement_id engagement title name status due_date deadline description created_by"
    ),
    "friday/emails": "subject from to cc bcc date body attachmentUrls allocated",
    "friday/settings": "version keys",
    "friday/settings_engagement_notifications": "name trigger days date_field user_groups",
    "friday/logs": "log_time email review message",
    "friday/email_counters": "counters date",
    "mwr/users": (
        "email name photo uid role teams status active authProvider priorityReviews role_name "
        "permissions"
    ),
    "mwr/user_groups": "name roles description",
    "mwr/teams": "name partners users",
    "mwr/templates": (
        "name cloud_id template_type type sections content default_checklists description"
    ),
    "mwr/checklists": "name cloud_id section_items emailChecklist mandatory managerApprove",
    "mwr/sections": "name section_items",
    "mwr/reviews": (
        "groupName financialYear template template_type team status stage flags tags "
        "collaborators collaboratorCloudIds sections highlights fileUrl attachmentFolderURL "
        "reviewFolderID attachments published published_date closed_date deadline_date "
        "lastUpdated tender_details email user firstManager hasEmailChecklist friday_link "
        "private wip"
    ),
    "mwr/reviews_chat": ("user_email datetime message photo attachments reply_to isReviewMessage"),
    "mwr/reviews_checklists": "name section_items",
    "mwr/removed_highlights": "highlights",
    "mwr/settings": "temporary_review_access_period flags_managers tender_flags flags",
    "mwr/apis": "key name",
    "mwr/logs": "review message email log_time",
}

# One path for each pattern, in the order of the catalogue.
EXAMPLES = {
    "friday/users": "friday/users/list/u1",
    "friday/users_permissions": "friday/users/permissions/r1",
    "friday/user_groups": "friday/userGroups/list/g1",
    "friday/teams": "friday/teams/list/t1 friday/clients/teams/t1",
    "friday/clients_document": "friday/clients",
    "friday/clients": "friday/clients/list/c1",
    "friday/entity_types": "friday/clients/entity_types/e1",
    "friday/engagement_types": "friday/clients/engagement_types/e1",
    "friday/engagements_document": "friday/engagements",
    "friday/engagements": "friday/engagements/list/e1",
    "friday/engagements_sections": "friday/engagements/list/e1/sections/s1",
    "friday/engagements_rfis": "friday/engagements/list/e1/rfis/r1",
    "friday/engagements_rfis_activity": "friday/engagements/list/e1/rfis/r1/activity/a1",
    "friday/engagements_activity": "friday/engagements/list/e1/activity/a1",
    "friday/engagements_files": "friday/engagements/list/e1/files/f1",
    "friday/engagements_responses": "friday/engagements/list/e1/responses/r1",
    "friday/engagements_chat": "friday/engagements/list/e1/chat/m1",
    "friday/engagements_last_read_messages": "friday/engagements/list/e1/last_read_messages/m1",
    "friday/engagements_checklists": "friday/engagements/list/e1/checklists/c1",
    "friday/engagements_rfis_team_chat": "friday/engagements/list/e1/rfis/r1/teamChat/m1",
    "friday/client_sent_notifications": "friday/engagements/client_sent_notifications/n1",
    "friday/recreation_logs": "friday/recreationLogs/list/l1",
    "friday/templates": "friday/templates/list/t1",
    "friday/rfis": "friday/rfis/list/r1",
    "friday/emails": "emails/e1 friday/emails/list/e1",
    "friday/settings": "friday/settings",
    "friday/settings_engagement_notifications": "friday/settings/engagement_notifications/n1",
    "friday/logs": "friday/logs/list/l1",
    "friday/email_counters": "friday/emailCounters",
    "mwr/users": "myworkreview/users/list/u1",
    "mwr/user_groups": "myworkreview/userGroups/list/g1",
    "mwr/teams": "myworkreview/teams/list/t1",
    "mwr/templates": "myworkreview/templates/list/t1",
    "mwr/checklists": "myworkreview/checklists/list/c1",
    "mwr/sections": "myworkreview/sections/list/s1",
    "mwr/reviews": "myworkreview/reviews/list/r1",
    "mwr/reviews_chat": "myworkreview/reviews/list/r1/chat/m1",
    "mwr/reviews_checklists": "myworkreview/reviews/list/r1/checklists/c1",
    "mwr/removed_highlights": "myworkreview/removedHighlights/list/r1",
    "mwr/settings": "myworkreview/settings/list/settings",
    "mwr/apis": "myworkreview/apis/list/a1",
    "mwr/logs": "myworkreview/logs/list/l1",
}


def test_the_catalogue_is_exactly_the_pinned_collections_in_order() -> None:
    assert [one.key for one in COLLECTIONS] == list(FIELDS)
    assert len(COLLECTIONS) == len(BY_KEY) == 42
    assert all(one.key.startswith(one.system + "/") for one in COLLECTIONS)


@pytest.mark.parametrize("key", FIELDS)
def test_every_collection_declares_exactly_the_pinned_fields(key: str) -> None:
    assert [field.name for field in BY_KEY[key].fields] == FIELDS[key].split()


@pytest.mark.parametrize("key", EXAMPLES)
def test_each_pattern_matches_its_example_and_no_other_collection_does(key: str) -> None:
    paths = EXAMPLES[key].split()
    assert len(paths) == len(BY_KEY[key].patterns)
    for path in paths:
        assert match(BY_KEY[key].system, path) is BY_KEY[key]
        assert pattern_key(BY_KEY[key].system, path) == key
        assert [one.key for one in COLLECTIONS if one.matches(path)] == [key]


def test_every_collection_has_an_example() -> None:
    assert list(EXAMPLES) == list(FIELDS)


@pytest.mark.parametrize(
    ("system", "path", "key"),
    [
        ("friday", "friday/users", "friday/?friday/users"),
        ("friday", "newthing/x1", "friday/?newthing/{}"),
        ("friday", "friday/newthing/list/x1", "friday/?friday/newthing/list/{}"),
        ("friday", "friday/clients/list/c/notes/n", "friday/?friday/clients/list/{}/notes/{}"),
        ("friday", "friday/AbCdEfGhIjKlMnOpQrSt/list/x", "friday/?friday/{}/list/{}"),
        ("friday", "friday/__id7__", "friday/?friday/{}"),
        ("friday", "myworkreview/users/list/u1", "friday/?myworkreview/{}/list/{}"),
        ("mwr", "friday/users/list/u1", "mwr/?friday/{}/list/{}"),
        ("mwr", "emails/e1", "mwr/?emails/{}"),
    ],
)  # fmt: skip
def test_an_undeclared_path_gets_a_key_without_its_ids(system: str, path: str, key: str) -> None:
    assert match(system, path) is None
    assert pattern_key(system, path) == key


def test_secrets_and_what_is_not_migrated() -> None:
    assert {one.key for one in COLLECTIONS if one.presence == "secret"} == {"mwr/apis"}
    assert {one.key for one in COLLECTIONS if one.presence == "declared"} == {
        "friday/engagements_document",
        "friday/client_sent_notifications",
        "friday/email_counters",
    }
    assert {one.key: set(one.secret_fields) for one in COLLECTIONS if one.secret_fields} == {
        "friday/settings": {"keys"},
        "mwr/apis": {"key"},
    }


def test_both_spellings_of_a_stage_are_declared() -> None:
    stage = BY_KEY["friday/engagements"].by_name["stage"]
    assert {one.replace(" ", "") for one in stage.enum} < set(stage.enum) | {"Commencement"}
    assert {one for one in stage.enum if " " in one} == {
        "Info Gathering", "Team Execution", "Partner Review", "Close Out",
    }  # fmt: skip
    assert len(stage.enum) == 10


def test_a_highlight_declares_every_coordinate() -> None:
    position = BY_KEY["mwr/reviews"].by_name["highlights"].by_name["position"]
    for rect in (position.by_name["boundingRect"], position.by_name["rects"]):
        assert list(rect.by_name) == ["x1", "y1", "x2", "y2", "width", "height", "pageNumber"]
        assert {rect.by_name[name].kinds for name in list(rect.by_name)[:6]} == {
            ("integer", "double")
        }


def _leaves(fields: tuple[Field, ...], above: str) -> list[tuple[str, Field]]:
    found = []
    for field in fields:
        found += [(f"{above}.{field.name}", field), *_leaves(field.items, f"{above}.{field.name}")]
    return found


def test_every_field_that_names_a_person_is_personal() -> None:
    personal = {
        "email", "message", "user_email", "displayName", "comment", "address", "phone", "body",
        "subject", "contact_person", "contact_number", "question", "groupName", "photo",
    }  # fmt: skip
    for collection in COLLECTIONS:
        for path, field in _leaves(collection.fields, collection.key):
            if field.name in personal and path != "friday/templates.sections.questions.question":
                assert field.is_personal, path


def test_every_address_of_a_file_is_marked() -> None:
    for collection in COLLECTIONS:
        for path, field in _leaves(collection.fields, collection.key):
            if field.name in ("url", "photo", "photoURL", "cv_url", "attachmentUrls"):
                assert field.is_url, path
    assert not BY_KEY["mwr/reviews"].by_name["fileUrl"].is_url


def test_roots() -> None:
    assert dict(SYSTEM_ROOTS) == {"friday": ("friday", "emails"), "mwr": ("myworkreview",)}


def test_a_contradicting_declaration_is_refused() -> None:
    with pytest.raises(DeclarationError, match="declared twice"):
        Field(name="a", kinds=("map",), items=(text("b"), text("b")))
    with pytest.raises(DeclarationError, match="secret"):
        Field(name="a", kinds=("map",), items=(text("b", is_secret=True),))
    with pytest.raises(DeclarationError, match="at least one"):
        Refers(to=())
    with pytest.raises(DeclarationError, match="even number"):
        Collection(key="friday/x", system="friday", patterns=("friday",), purpose="")
    with pytest.raises(DeclarationError, match="needs a reason"):
        Collection(
            key="friday/x", system="friday", patterns=("a/b",), purpose="", presence="declared"
        )
