// Opens GraphiQL on the endpoint beside this page, with the worked queries of the page in its tabs.
"use strict";

(() => {
  const examples = JSON.parse(document.getElementById("examples").textContent);
  const endpoint = new URL("graphql", document.baseURI);
  const subscriptions = new URL(endpoint);
  subscriptions.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

  // A page's "Show query" puts its question behind the #.
  const asked = new URLSearchParams(location.hash.slice(1));

  const page = React.createElement(
    GraphiQL,
    {
      fetcher: GraphiQL.createFetcher({ url: endpoint.href, subscriptionUrl: subscriptions.href }),
      // Other GraphiQLs on the same host and port keep their tabs to themselves.
      storage: GraphiQL.createLocalStorage({ namespace: "arrayan" }),
      query: asked.get("query") ?? undefined,
      variables: asked.get("variables") ?? undefined,
      defaultTabs: examples.map(({ query }) => ({ query })),
      plugins: [GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
      defaultEditorToolsVisibility: false,
      inputValueDeprecation: true,
    },
    React.createElement(GraphiQL.Logo, null, "Arrayán"),
  );
  ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
})();
