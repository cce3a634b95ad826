"""The verbs `gateway` and `shadow`: parsing, one call, printing. Holds no work of its own."""

from pathlib import Path

import click

from moonlanding_assets.console.saying import IN_JSON, say, speaker
from moonlanding_assets.settings import SYSTEMS, Settings

_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_PORT = click.option(
    "--port", default=8480, show_default=True, help="Port; 0 for any that is free."
)


@click.group("gateway", invoke_without_command=True)
@_HOST
@_PORT
@IN_JSON
@click.pass_context
def gateway_verb(context: click.Context, host: str, port: int, as_json: bool) -> None:
    """Serve documents of both sides, routed by the state row.

    Reads go to the side that the state says, writes to the authority or nowhere. The projects are
    those of $MOONLANDING_FRIDAY_PROJECT and $MOONLANDING_MWR_PROJECT. The token of the admin verbs
    is made in data/parallel/admin.token. SIGTERM lets writes that are under way end. Clients that
    speak straight to Firestore bypass this: `gateway fence-rules`.
    """
    if context.invoked_subcommand is None:
        _serve(context.obj, host, port, as_json=as_json)


@gateway_verb.command("serve")
@_HOST
@_PORT
@IN_JSON
@click.pass_obj
def serve_verb(settings: Settings, host: str, port: int, as_json: bool) -> None:
    """The same as `gateway` alone."""
    _serve(settings, host, port, as_json=as_json)


def _serve(settings: Settings, host: str, port: int, *, as_json: bool) -> None:
    from moonlanding_assets.parallel.gateway.serving import serve

    serve(settings, host=host, port=port, say=speaker(as_json=as_json))


@gateway_verb.command("fence-rules")
@click.option("--keep", default="", help="Who may go on writing: serviceAccount:NAME@PROJECT...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files there instead of printing them.",
)
@IN_JSON
@click.pass_obj
def fence_rules_verb(settings: Settings, keep: str, out: Path | None, as_json: bool) -> None:
    """What keeps those out who speak straight to Firestore; nothing is carried out.

    For each project: read-only security rules made from the declared collections, and the gcloud
    commands that take write roles away, prove it, and give them back.
    """
    from moonlanding_assets.parallel.gateway.fence_rules import fence_files

    files: dict[str, str] = {}
    for system in SYSTEMS:
        project, database = settings.live.project(system), settings.live.database
        files |= fence_files(system, project=project, database=database, keep=keep)
    if out is None:
        said = [f"==> {name} <==\n{text}" for name, text in files.items()]
        say({"files": files}, *said, as_json=as_json)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text)
    written = [str(out / name) for name in files]
    say({"written": written}, *written, as_json=as_json)


@click.group("shadow")
def shadow_group() -> None:
    """Shadow reads: what both sides answered to the same questions in S3."""


@shadow_group.command("report")
@IN_JSON
@click.pass_obj
def report_verb(settings: Settings, as_json: bool) -> None:
    """What was compared, by endpoint, and what the next state asks; the canary's reads as well."""
    from moonlanding_assets.parallel.gateway.report import lines_of, report

    found = report(settings.layout)
    say(found, *lines_of(found), as_json=as_json)
