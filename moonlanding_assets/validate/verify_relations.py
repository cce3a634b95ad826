"""Checks 2 and 3: engagements with their clients; questions, answers and files with their RFIs.

Declares what each joined row must say; chains.py compares.
"""

from collections.abc import Iterable

from moonlanding_assets.validate.chains import UNSAID, Chain, Expected, compare_chains, led, said
from moonlanding_assets.validate.linked_rules import Surroundings
from moonlanding_assets.validate.reading import SourceRow, parent_path
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.validator import TableResult, Tally
from moonlanding_assets.validate.values import id_in
from moonlanding_assets.validate.verification import Examined, Subject, merged


def engagement_client(subject: Subject) -> Examined:
    """Each engagement's client, and each client's engagements."""
    return Examined(tables=compare_chains(subject, (_ENGAGEMENT, _CLIENT)))


def _engagement(around: Surroundings, row: SourceRow) -> Expected:
    client = led("client_id", around, row)
    return client, client


_ENGAGEMENT = Chain(
    table="engagement",
    columns=("client_id", "client.id"),
    sql=(
        "SELECT engagement.id, engagement.client_id, client.id FROM engagement "
        "LEFT JOIN client ON client.id = engagement.client_id"
    ),
    expects=_engagement,
)


def _client_name(_: Surroundings, row: SourceRow) -> Expected:
    return (said(SCALARS["client"]["name"](row)),)


_CLIENT = Chain(
    table="client",
    columns=("name",),
    sql="SELECT id, name FROM client",
    expects=_client_name,
)


def rfi_engagement_question(subject: Subject) -> Examined:
    """From each question, answer and file up to its engagement, through both models of an RFI."""
    tables = compare_chains(subject, _OF_RFIS)
    return Examined(tables=merged((*tables, _both_models(subject))))


def _question(around: Surroundings, row: SourceRow) -> Expected:
    engagement = led_to_parent(around, row)
    question = said(SCALARS["rfi_questions"]["question"](row))
    return row.row_id, engagement, engagement, engagement, question


def led_to_parent(around: Surroundings, row: SourceRow) -> object:
    """The row of the document that this one lies below."""
    return around.links.document(parent_path(row.path))


def _answer(around: Surroundings, row: SourceRow) -> Expected:
    """An answer belongs to the engagement that it lies below, when its question is there."""
    rfi = led("rfi_id", around, row)
    is_there = bool(row.locator) or around.links.exists(_question_path(row))
    engagement = led_to_parent(around, row) if is_there else UNSAID
    return rfi, engagement, rfi, engagement


def _file(around: Surroundings, row: SourceRow) -> Expected:
    rfi, engagement, _, _ = _answer(around, row)
    return rfi, engagement


def _question_path(row: SourceRow) -> str:
    return f"{parent_path(row.path)}/rfis/{id_in(row.fields.get('question_id'))}"


_OF_RFIS: Iterable[Chain] = (
    Chain(
        table="rfi_questions",
        columns=("rfi_id", "rfis.engagement_id", "rfi.engagement_id", "engagement.id", "question"),
        sql=(
            "SELECT rfi_questions.id, rfi_questions.rfi_id, rfis.engagement_id, "
            "rfi.engagement_id, engagement.id, rfi_questions.question FROM rfi_questions "
            "LEFT JOIN rfis ON rfis.id = rfi_questions.rfi_id "
            "LEFT JOIN rfi ON rfi.id = rfi_questions.id "
            "LEFT JOIN engagement ON engagement.id = rfis.engagement_id"
        ),
        expects=_question,
    ),
    Chain(
        table="rfi_response",
        columns=("rfi_id", "rfi.engagement_id", "rfi_responses.question_id", "rfis.engagement_id"),
        sql=(
            "SELECT rfi_response.id, rfi_response.rfi_id, rfi.engagement_id, "
            "rfi_responses.question_id, rfis.engagement_id FROM rfi_response "
            "LEFT JOIN rfi ON rfi.id = rfi_response.rfi_id "
            "LEFT JOIN rfi_responses ON rfi_responses.id = rfi_response.id "
            "LEFT JOIN rfi_questions ON rfi_questions.id = rfi_responses.question_id "
            "LEFT JOIN rfis ON rfis.id = rfi_questions.rfi_id"
        ),
        expects=_answer,
    ),
    Chain(
        table="file",
        columns=("rfi_id", "rfi.engagement_id"),
        sql=(
            "SELECT file.id, file.rfi_id, rfi.engagement_id FROM file "
            "LEFT JOIN rfi ON rfi.id = file.rfi_id"
        ),
        expects=_file,
    ),
)


def _both_models(subject: Subject) -> TableResult:
    """The application keeps an RFI and an answer twice, under one id: none may stand alone."""
    tally = Tally("rfi_questions")
    for one, other in (("rfi", "rfis"), ("rfis", "rfi_questions"), ("rfi_questions", "rfi"),
                       ("rfi_responses", "rfi_response")):  # fmt: skip
        alone = f"SELECT id FROM {one} WHERE id NOT IN (SELECT id FROM {other})"
        for (row_id,) in subject.evidence.query(alone):
            if not subject.evidence.theirs.holds(one, row_id):
                tally.find("in_one_model_only", row_id=row_id, detail=f"in {one}, not in {other}")
    return tally.result()
