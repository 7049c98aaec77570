// Opens GraphiQL on the endpoint beside this page, with some of the worked queries in its tabs.
"use strict";

(() => {
  const { queries, isNarrow, plugin } = workedQueries;
  const opened = queries
    .filter(({ name }) => ["Target", "YoungestSupernovae"].includes(name))
    .map(({ query, variables }) => ({ query, variables }));
  const endpoint = new URL("graphql", document.baseURI);
  const subscriptions = new URL(endpoint);
  subscriptions.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

  // A page's "Show query" puts its question behind the #.
  const hash = new URLSearchParams(location.hash.slice(1));
  const asked = hash.has("query") ? { query: hash.get("query"), variables: hash.get("variables") ?? "" } : null;
  const tabs = asked ? [asked, ...opened] : opened;

  // Other GraphiQLs on the same host and port keep their tabs to themselves.
  const storage = GraphiQL.createLocalStorage({ namespace: "arrayan" });
  if (!storage.getItem("graphiql:tabState")) {
    // GraphiQL keeps what was edited. Without these, a first tab that was not has no variables, and comes twice later.
    storage.setItem("graphiql:query", tabs[0].query);
    storage.setItem("graphiql:variables", tabs[0].variables);
  }

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
      query: asked?.query,
      variables: asked?.variables,
      defaultTabs: tabs,
      plugins: [plugin, GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
      visiblePlugin: isNarrow() || asked ? undefined : plugin.title,
      defaultEditorToolsVisibility: isNarrow() ? false : "variables",
      inputValueDeprecation: true,
    },
    React.createElement(GraphiQL.Logo, null, "Arrayán"),
  );
  ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
})();
