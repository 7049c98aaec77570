// The worked queries of the manual, in a panel beside the editor. A click opens one in a tab, with its variables.
"use strict";

const workedQueries = (() => {
  const { createElement: element, useEffect, useRef } = React;
  const queries = JSON.parse(document.getElementById("worked-queries").textContent);

  const isNarrow = () => matchMedia("(max-width: 700px)").matches;

  function Icon() {
    return element(
      "svg",
      { viewBox: "0 0 16 16", height: "1em", fill: "none", stroke: "currentColor", strokeWidth: 1.4 },
      element("path", { d: "M3 1.7h8.2a1.8 1.8 0 0 1 1.8 1.8v10.8H4.6A1.6 1.6 0 0 1 3 12.7zM3 12.6a1.6 1.6 0 0 1 1.6-1.5H13" }),
      element("path", { d: "M5.8 4.7h4.4M5.8 7.5h4.4" }),
    );
  }

  function Panel() {
    const { tabs, activeTabIndex, addTab, changeTab, queryEditor, variableEditor } =
      GraphiQL.React.useEditorContext({ nonNull: true });
    const { setVisiblePlugin } = GraphiQL.React.usePluginContext({ nonNull: true });
    const waiting = useRef(null);

    // The comments are to be read, however narrow the editor.
    useEffect(() => queryEditor?.setOption("lineWrapping", true), [queryEditor]);

    const makeRoom = () => {
      if (isNarrow()) setVisiblePlugin(null);
    };

    // A new tab opens with GraphiQL's own text; ours is typed over it once the tab is there.
    useEffect(() => {
      if (!waiting.current) return;
      queryEditor.setValue(waiting.current.query);
      variableEditor.setValue(waiting.current.variables);
      waiting.current = null;
      makeRoom();
    }, [tabs.length]);

    const open = (one) => {
      const place = tabs.findIndex((tab) => tab.query === one.query);
      if (place >= 0) {
        changeTab(place);
        makeRoom();
      } else {
        waiting.current = one;
        addTab();
      }
    };

    return element(
      "section",
      { className: "worked-queries", "aria-label": "Worked queries" },
      element("h2", null, "Worked queries"),
      element(
        "ol",
        null,
        queries.map((one) =>
          element(
            "li",
            { key: one.name },
            element(
              "button",
              {
                type: "button",
                "aria-current": tabs[activeTabIndex]?.query === one.query ? "true" : undefined,
                onClick: () => open(one),
              },
              one.question,
            ),
          ),
        ),
      ),
    );
  }

  return { queries, isNarrow, plugin: { title: "Worked queries", icon: Icon, content: Panel } };
})();
