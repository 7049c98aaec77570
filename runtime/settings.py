"""Settings: from the environment (`ARRAYAN_...`), else from a TOML file, else defaults.

Every setting is described in docs/configuration.md; a test compares the two.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CONFIG_VARIABLE = "ARRAYAN_CONFIG"
DEFAULT_CONFIG_FILE = Path("arrayan.toml")


class InvalidSettings(ValueError):
    """A setting has a value that it cannot have; the message names it."""


class Settings(BaseSettings):
    """What an operator may choose."""

    model_config = SettingsConfigDict(env_prefix="ARRAYAN_", extra="forbid", frozen=True)

    database_url: Annotated[
        str | None,
        Field(
            pattern="^postgres(ql)?://",
            description="PostgreSQL URL. Without one, a PostgreSQL is run from the data folder.",
        ),
    ] = None
    data_dir: Annotated[
        Path, Field(description="Folder for the embedded database, the packet archive and simulated nights.")
    ] = Path("data")
    archive_url: Annotated[
        str | None,
        Field(description="Where packets are kept: a folder or a URL such as s3://bucket/packets."),
    ] = None
    host: Annotated[str, Field(description="Address that the server listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port of the server; 0 takes a free one.")] = 8000
    batch_alerts: Annotated[
        int, Field(ge=1, le=100_000, description="Alerts that ingest stores in one transaction.")
    ] = 1000
    batch_megabytes: Annotated[
        int, Field(ge=1, le=10_000, description="Bytes of packets that a transaction takes at most, in MB.")
    ] = 40
    batch_seconds: Annotated[
        float, Field(gt=0, le=60, description="An alert from a stream waits at most this long for its transaction.")
    ] = 1.0
    classify_batch: Annotated[
        int, Field(ge=1, le=10_000, description="Objects that a classifier is given at once.")
    ] = 200
    classify_lease_seconds: Annotated[
        float,
        Field(gt=0, le=86_400, description="Work that a worker took is given to another when it is not done then."),
    ] = 120.0
    event_days: Annotated[
        float,
        Field(
            gt=0,
            le=3650,
            description="Events are kept for so many days; `arrayan maintain events` drops the older.",
        ),
    ] = 7.0
    kafka_bootstrap: Annotated[
        str, Field(description="Kafka brokers to begin with, host:port, several with commas between.")
    ] = "127.0.0.1:9092"
    kafka_security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Field(description="How to speak with the brokers."),
    ] = "PLAINTEXT"
    kafka_sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        Field(description="How to log in, where the protocol is one of SASL."),
    ] = "SCRAM-SHA-512"
    kafka_username: Annotated[str | None, Field(description="Name to log in with.")] = None
    kafka_password: Annotated[SecretStr | None, Field(description="Password to log in with.")] = None
    kafka_ca_file: Annotated[
        Path | None, Field(description="Certificates to trust, PEM, when not those of the system.")
    ] = None
    kafka_topic_refresh_seconds: Annotated[
        float, Field(ge=0.1, description="New topics and partitions are found within this time.")
    ] = 30.0
    kafka_session_timeout_seconds: Annotated[
        float, Field(ge=1, description="A consumer unheard of for this long loses its partitions to the others.")
    ] = 45.0
    kafka_fetch_megabytes: Annotated[
        int, Field(ge=1, le=1000, description="Bytes that one request to a broker brings at most, in MB.")
    ] = 16
    kafka_partition_fetch_megabytes: Annotated[
        int, Field(ge=1, le=1000, description="Bytes of one partition in such a request, in MB.")
    ] = 8
    workers: Annotated[
        int, Field(ge=1, le=256, description="Processes that `arrayan serve` answers with, at one address.")
    ] = 1
    database_connections: Annotated[
        int, Field(ge=1, le=1000, description="Most connections that one server process opens for reading.")
    ] = 8
    client_cost_per_minute: Annotated[
        int, Field(ge=0, description="Points that a client without a token may spend in a minute; 0 is any number.")
    ] = 100_000
    client_concurrency: Annotated[
        int, Field(ge=0, description="Requests of one client that are answered at once; 0 is any number.")
    ] = 8
    client_queue: Annotated[
        int, Field(ge=0, description="Requests of one client that wait for their turn, before others are refused.")
    ] = 32
    read_database_url: Annotated[
        str | None,
        Field(
            pattern="^postgres(ql)?://",
            description="PostgreSQL URL that the endpoint reads by, of a user who may only read.",
        ),
    ] = None
    trusted_documents: Annotated[
        Path | None, Field(description="Folder or file of GraphQL documents that may cost more than others.")
    ] = None
    downloads: Annotated[
        int,
        Field(ge=1, le=100, description="Files of objects that a server process makes at once, a connection each."),
    ] = 4
    live_connections: Annotated[
        int, Field(ge=1, description="Connections that one server process keeps open for subscriptions.")
    ] = 5000
    live_subscriptions: Annotated[
        int, Field(ge=1, description="Subscriptions that one server process has at most.")
    ] = 10_000
    live_executions: Annotated[
        int, Field(ge=1, description="Different subscriptions among them; equal ones share one execution.")
    ] = 500
    live_waiting: Annotated[
        int, Field(ge=10, le=100_000, description="Messages that wait for a slow client before it is cut off.")
    ] = 1000
    live_heartbeat_seconds: Annotated[
        float, Field(gt=0, le=3600, description="A quiet connection shows so often that it lives.")
    ] = 20.0
    statement_timeout_seconds: Annotated[
        float, Field(gt=0, description="A query of the endpoint that takes longer is ended.")
    ] = 10.0
    name_resolver_url: Annotated[
        str,
        Field(
            pattern=r"^(https?://.*\{name\}.*)?$",
            description="Where the pages ask for the position of a name, with {name} in it; empty to ask nobody.",
        ),
    ] = "https://cds.unistra.fr/cgi-bin/nph-sesame/-oI/SNV?{name}"
    cors_origins: Annotated[
        str,
        Field(description="Sites whose pages may read answers, with commas between; * for all, empty for none."),
    ] = "*"
    sky_image_url: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^{}/]+/.*)?$",
            description="Where browsers get pictures of the sky when somebody asks for one, with {survey}, {ra}, "
            "{dec}, {field} (degrees) and {pixels} in it; empty to offer none.",
        ),
    ] = (
        "https://alasky.cds.unistra.fr/hips-image-services/hips2fits?hips={survey}&ra={ra}&dec={dec}&fov={field}"
        "&width={pixels}&height={pixels}&projection=TAN&coordsys=icrs&format=jpg"
    )
    metrics_port: Annotated[
        int | None,
        Field(ge=0, le=65535, description="Port for metrics and health of a process; 0 takes a free one."),
    ] = None
    metrics_host: Annotated[str, Field(description="Address that metrics are served on.")] = "127.0.0.1"
    log_format: Annotated[
        Literal["text", "json"], Field(description="Lines for a person, or one JSON object per line.")
    ] = "text"
    log_level: Annotated[
        str, Field(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")
    ] = "warning"

    @property
    def packet_archive(self) -> str:
        """Folder or URL of the packet archive."""
        return self.archive_url or str(self.data_dir.absolute() / "packets")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the caller gives, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _config_file())


def load_settings() -> Settings:
    """The settings of this process. Raises InvalidSettings."""
    file = _config_file()
    if CONFIG_VARIABLE in os.environ and not file.is_file():
        raise InvalidSettings(f"{CONFIG_VARIABLE} names {file}, which is not there")
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise InvalidSettings(f"invalid settings (environment ARRAYAN_... or {file}): {problems}") from error
    except ValueError as error:
        raise InvalidSettings(f"cannot read {file}: {error}") from error


def _config_file() -> Path:
    return Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_CONFIG_FILE))
