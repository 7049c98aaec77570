"""Programs that others wrote for GraphQL, each in an environment of its own, against the endpoint as it is."""
