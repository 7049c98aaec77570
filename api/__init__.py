"""The ASGI app around the schema: GraphQL view, GraphiQL, stamps, files, health, counting of requests.

May import: graphql_schema, takeout, storage, domain, runtime.
"""
