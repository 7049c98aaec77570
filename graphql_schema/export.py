"""Write the committed schema.graphql: `python -m graphql_schema.export`."""

from pathlib import Path

from graphql_schema.schema import make_schema

SCHEMA_FILE = Path(__file__).with_name("schema.graphql")


def schema_text() -> str:
    """The schema in GraphQL's own language."""
    return make_schema().as_str() + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text())
