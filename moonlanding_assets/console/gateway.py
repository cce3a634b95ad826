"""The verb `gateway`: parsing and one call. Holds no work of its own."""

import click

from moonlanding_assets.settings import Settings


@click.command("gateway")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8480, show_default=True, help="Port; 0 for any that is free.")
@click.pass_obj
def gateway_verb(settings: Settings, host: str, port: int) -> None:
    """Serve documents of both sides, routed by the state row.

    Reads go to the side that the state says, writes to the authority or nowhere. The projects are
    those of $MOONLANDING_FRIDAY_PROJECT and $MOONLANDING_MWR_PROJECT. The token of the admin verbs
    is made in data/parallel/admin.token. Clients that speak straight to Firestore bypass this.
    """
    from moonlanding_assets.parallel.gateway_serving import serve

    serve(settings, host=host, port=port, say=click.echo)
