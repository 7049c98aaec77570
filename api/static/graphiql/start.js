// Opens GraphiQL on the endpoint beside this page, with some of the worked queries in its tabs.
"use strict";

(() => {
  const { queries, isNarrow, plugin } = workedQueries;
  const opened = queries.filter(({ name }) => ["Target", "YoungestSupernovae"].includes(name));
  const endpoint = new URL("graphql", document.baseURI);
  const subscriptions = new URL(endpoint);
  subscriptions.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

  // A page's "Show query" puts its question behind the #.
  const asked = new URLSearchParams(location.hash.slice(1));
  // Other GraphiQLs on the same host and port keep their tabs to themselves.
  const storage = GraphiQL.createLocalStorage({ namespace: "arrayan" });
  const isNew = !asked.has("query") && !storage.getItem("graphiql:tabState");

  // GraphiQL reads what a tab holds a moment after it shows it. Who runs a subscription before that means it, too.
  const followed = GraphiQL.createFetcher({ url: endpoint.href, subscriptionUrl: subscriptions.href });
  const unread = ({ query, operationName }) => {
    const operation = /^(\s|#.*)*subscription\b/.test(query) ? "subscription" : "query";
    const name = operationName && { kind: "Name", value: operationName };
    return { kind: "Document", definitions: [{ kind: "OperationDefinition", operation, name }] };
  };
  const fetcher = (parameters, options) =>
    followed(parameters, { ...options, documentAST: options?.documentAST ?? unread(parameters) });

  const page = React.createElement(
    GraphiQL,
    {
      fetcher,
      storage,
      query: asked.get("query") ?? undefined,
      // GraphiQL shows the query of the first tab by itself, and not its variables.
      variables: asked.get("variables") ?? (isNew ? opened[0].variables : undefined),
      defaultTabs: opened.map(({ query, variables }) => ({ query, variables })),
      plugins: [plugin, GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
      visiblePlugin: isNarrow() || asked.has("query") ? undefined : plugin.title,
      defaultEditorToolsVisibility: isNarrow() ? false : "variables",
      inputValueDeprecation: true,
    },
    React.createElement(GraphiQL.Logo, null, "Arrayán"),
  );
  ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
})();
