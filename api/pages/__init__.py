"""Web pages. A page is a GraphQL document, a template and a route: whatever it shows, the endpoint answered."""
