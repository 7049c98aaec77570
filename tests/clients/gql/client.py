"""Asks with gql: the schema from the endpoint, a document, and one built from Python."""

import json
import sys

from gql import Client, gql
from gql.dsl import DSLQuery, DSLSchema, dsl_gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

PAGE = gql(
    """query Page($first: Int!, $after: String) {
      objects(first: $first, after: $after, orderBy: [{field: NAME, direction: ASC}]) {
        nodes { name }
        pageInfo { hasNextPage endCursor }
      }
    }"""
)


def main(url: str) -> None:
    with Client(transport=HTTPXTransport(url=url), fetch_schema_from_transport=True) as session:
        names: list[str] = []
        after = None
        while True:
            page = session.execute(PAGE, variable_values={"first": 100, "after": after})["objects"]
            names += [node["name"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        print(json.dumps({"names": names}))
        schema = DSLSchema(session.client.schema)
        built = dsl_gql(
            DSLQuery(
                schema.Query.object(name=names[0]).select(
                    schema.Object.name,
                    schema.Object.lightCurve.select(schema.LightCurve.columns.select(schema.DetectionColumns.mjd)),
                )
            )
        )
        print(json.dumps(session.execute(built)))
        try:
            session.execute(gql("{ objects(first: -1) { nodes { name } } }"))
        except TransportQueryError as error:
            print(json.dumps({"code": error.errors[0]["extensions"]["code"]}))


if __name__ == "__main__":
    main(sys.argv[1])
