"""The verbs of `soak`: parsing, calling, printing. Holds no work of its own."""

import click

from moonlanding_assets.console.saying import IN_JSON, say, speaker
from moonlanding_assets.settings import Settings

STOP_SECONDS = 15.0
_GATEWAY = click.option(
    "--gateway",
    default="http://127.0.0.1:8480",
    show_default=True,
    metavar="URL",
    help="The gateway that is watched, on this machine.",
)


@click.group("soak")
def soak_group() -> None:
    """24 hours of watching: a sample every ten seconds, judged, kept, and shouted about.

    \b
    moonlanding soak start
    moonlanding soak status
    moonlanding soak report

    A criterion for going back that is met is an alert ($MOONLANDING_NOTIFY_URL and _CALL), and
    going back is proposed. It is done without asking only after `moonlanding soak arm`.
    """


@soak_group.command("start")
@_GATEWAY
@click.option("--foreground", is_flag=True, help="Run it here, until Ctrl-C.")
@IN_JSON
@click.pass_obj
def start_verb(settings: Settings, gateway: str, foreground: bool, as_json: bool) -> None:
    """Watch, in the background, beyond the end of the terminal.

    Start it before the switch: the half hour before is what response times are compared with. A
    start after a stop or a kill goes on; the time between is a gap.
    """
    from moonlanding_assets.cutover.soak.going_back import reverse_switch
    from moonlanding_assets.cutover.soak.running import start_soak, watch_here

    if foreground:
        way_back = reverse_switch(settings, gateway=gateway)
        watch_here(settings, gateway=gateway, say=speaker(as_json=as_json), reverse=way_back)
        return
    process = start_soak(settings, gateway=gateway)
    said = f"the soak is watched by process {process}; how it stands: moonlanding soak status"
    say({"process": process}, said, as_json=as_json)


@soak_group.command("stop")
@IN_JSON
@click.pass_obj
def stop_verb(settings: Settings, as_json: bool) -> None:
    """End the watching. From then on there is a gap."""
    from moonlanding_assets.cutover.soak.monitor import soak_service

    process = soak_service(settings.layout).stop(wait_seconds=STOP_SECONDS)
    ended = "nobody watches" if process is None else f"the process {process} has ended"
    say({"ended": process}, f"{ended}; to go on: moonlanding soak start", as_json=as_json)


@soak_group.command("status")
@IN_JSON
@click.pass_obj
def status_verb(settings: Settings, as_json: bool) -> None:
    """Since when it runs, each criterion with its figure, and what is still missing."""
    from moonlanding_assets.cutover.soak.standing import lines, read_standing

    standing = read_standing(settings.layout)
    say(standing.as_json(), *lines(standing), as_json=as_json)


@soak_group.command("arm")
@click.option("--by", required=True, help="Your name, kept with it.")
@IN_JSON
@click.pass_obj
def arm_verb(settings: Settings, by: str, as_json: bool) -> None:
    """From now on going back needs nobody: the first criterion that is met does it."""
    from moonlanding_assets.cutover.soak.running import arm

    arm(settings.layout, is_armed=True, by=by)
    said = "armed: a criterion for going back that is met starts the reverse switch by itself"
    say({"is_armed": True}, said, as_json=as_json)


@soak_group.command("disarm")
@click.option("--by", required=True, help="Your name, kept with it.")
@IN_JSON
@click.pass_obj
def disarm_verb(settings: Settings, by: str, as_json: bool) -> None:
    """From now on going back is only proposed."""
    from moonlanding_assets.cutover.soak.running import arm

    arm(settings.layout, is_armed=False, by=by)
    said = "disarmed: going back is proposed, a person decides"
    say({"is_armed": False}, said, as_json=as_json)


@soak_group.command("report")
@IN_JSON
@click.pass_obj
def report_verb(settings: Settings, as_json: bool) -> None:
    """Write data/parallel/soak.json and soak.html, with plots of what was measured."""
    from moonlanding_assets.cutover.soak.report import keep_report

    files = [str(file) for file in keep_report(settings.layout)]
    say({"files": files}, *files, as_json=as_json)
