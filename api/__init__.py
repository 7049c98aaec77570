"""The ASGI app around the schema: GraphQL view, GraphiQL, stamps, health, counting of requests.

May import: graphql_schema, storage, domain, runtime.
"""
