"""The web application around the schema: GraphQL view, GraphiQL, pages, stamps by URL.

May import: graphql_schema, storage, domain, runtime.
"""
