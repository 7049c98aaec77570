"""arrayan tokens."""

import json
from datetime import UTC, datetime, timedelta

import click

from cli.stores import running_database, writing_connection
from domain.api_token import ApiToken, new_secret
from runtime.settings import load_settings
from storage.api_tokens import add_token, list_tokens, revoke_token

COST_PER_MINUTE = 1_000_000
MOST_COST_PER_MINUTE = 2_000_000_000
LONGEST_NAME = 100


@click.group("tokens")
def tokens() -> None:
    """Tokens that let a client of the endpoint spend more than strangers: make, list and revoke them."""


@tokens.command()
@click.argument("name")
@click.option(
    "--cost-per-minute",
    type=click.IntRange(1, MOST_COST_PER_MINUTE),
    default=COST_PER_MINUTE,
    show_default=True,
    help="Points that may be spent in a minute (docs/limits.md).",
)
@click.option(
    "--days", type=click.FloatRange(min=0, min_open=True), help="Ends after so many days.  [default: never]"
)
def create(name: str, cost_per_minute: int, days: float | None) -> None:
    """Make a token for NAME, a person or a program, and print its secret.

    The secret is shown once and kept by nobody: `Authorization: Bearer SECRET` is what the client sends.
    """
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise click.BadParameter(f"must have 1 to {LONGEST_NAME} characters", param_hint="NAME")
    secret = new_secret()
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with running_database(load_settings()) as url, writing_connection(url, "tokens") as connection:
        add_token(connection, secret, name=name.strip(), cost_per_minute=cost_per_minute, expires_at=expires_at)
    click.echo(secret)


@tokens.command("list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def list_command(as_json: bool) -> None:
    """List every token, also those that have ended; secrets are kept nowhere."""
    with running_database(load_settings()) as url, writing_connection(url, "tokens") as connection:
        found = list_tokens(connection)
    now = datetime.now(UTC)
    if as_json:
        click.echo(json.dumps([_as_json(token, now) for token in found]))
        return
    if not found:
        click.echo("There are no tokens; `arrayan tokens create` makes one.")
        return
    width = max(len(token.name) for token in found)
    click.echo(f"{'NAME':<{width}}  {'PER MINUTE':>13}  {'MADE':<10}  STATE")
    for token in found:
        state = _state(token, now)
        click.echo(f"{token.name:<{width}}  {token.cost_per_minute:>13,}  {token.created_at:%Y-%m-%d}  {state}")


@tokens.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End the token of NAME; running servers follow within half a minute."""
    with running_database(load_settings()) as url, writing_connection(url, "tokens") as connection:
        if not revoke_token(connection, name):
            raise click.ClickException(f"there is no token named {name!r} that could be revoked")
    click.echo(f"The token {name} is revoked.")


def _state(token: ApiToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    if token.expires_at is None:
        return "valid"
    return f"{'valid until' if token.is_valid_at(now) else 'expired'} {token.expires_at:%Y-%m-%d}"


def _as_json(token: ApiToken, now: datetime) -> dict[str, object]:
    return {
        "name": token.name,
        "cost_per_minute": token.cost_per_minute,
        "created_at": token.created_at.isoformat(),
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
        "revoked_at": None if token.revoked_at is None else token.revoked_at.isoformat(),
        "is_valid": token.is_valid_at(now),
    }
