"""The ASGI app around the schema: GraphQL view, GraphiQL, stamps, files, subscriptions, health, counting.

May import: graphql_schema, takeout, storage, domain, runtime.
"""
