"""What clients see: types, inputs, queries, loaders, limits, and the committed schema.graphql.

May import: storage, domain, strawberry. No SQL here, and no statement outside a loader or a query.
"""
