"""The ASGI app around the schema: GraphQL view, GraphiQL, stamps, health.

May import: graphql_schema, storage, domain, runtime.
"""
