// Circles and rows belong together; the list is kept for stepping through it, and grows while one looks at it.
"use strict";

(() => {
  const form = document.getElementById("hunt");
  if (!form) return;
  form.addEventListener("change", (event) => {
    if (event.target.name === "classifier") form.elements.class.value = "";
    if (event.target.tagName === "SELECT") form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && field.value === "") field.disabled = true;
    }
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });

  const found = () => document.getElementById("found");
  const keys = () => [...document.querySelectorAll("#candidates [data-key]")].map((row) => row.dataset.key);
  const parts = (key) => [...found().querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  const keep = () => {
    const list = { keys: keys(), back: location.pathname + location.search };
    if (list.keys.length) sessionStorage.setItem("arrayan-list", JSON.stringify(list));
  };
  const chosenKey = () => document.querySelector("#card .candidate")?.dataset.key;
  const choose = () => {
    for (const chosen of found().querySelectorAll(".chosen")) chosen.classList.remove("chosen");
    const key = chosenKey();
    if (key) for (const part of parts(key)) part.classList.add("chosen");
  };
  document.body.addEventListener("htmx:afterSwap", choose);
  // A part of this page anew, as its address has it when the answer is there: two at once end in the same.
  const renew = async (selector) => {
    let asked, answer;
    do {
      asked = location.href;
      answer = await (await fetch(asked)).text();
    } while (asked !== location.href);
    const part = new DOMParser().parseFromString(answer, "text/html").querySelector(selector);
    if (!part) throw new Error("the page came without its list");
    document.querySelector(selector).replaceWith(document.adoptNode(part));
    htmx.process(part);
    choose();
  };
  // The map around a place; the address keeps it.
  const look = (change) => {
    const address = new URL(location.href);
    change(address.searchParams);
    history.replaceState(null, "", address);
    return renew("#map");
  };
  document.querySelector(".hunt").addEventListener("click", (event) => {
    const closer = event.target.closest(".looks a");
    if (closer && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      history.replaceState(null, "", closer.href);
      renew("#map");
      return;
    }
    const mark = event.target.closest(".sky .mark");
    const row = mark && document.querySelector(`#candidates [data-key="${CSS.escape(mark.dataset.key)}"]`);
    if (!row) return;
    event.preventDefault();
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("a").click();
    look((asked) => asked.set("at", row.dataset.at));
  });
  keep();

  // Live: an event says that there is something new, and the list is asked for again. It is also asked for whenever the
  // stream opens, so that nothing is missed between the page and the stream, or while the line was down.
  const line = document.getElementById("live");
  if (!line.dataset.address) return;
  const known = new Set(keys());
  const fresh = new Set();
  let waiting = null;
  const refresh = async () => {
    waiting = null;
    try {
      await renew("#found");
    } catch {
      line.textContent = "The list could not be read anew; it is tried again with the next candidate.";
      return;
    }
    for (const key of keys()) {
      if (!known.has(key)) fresh.add(key);
      known.add(key);
    }
    for (const key of fresh) for (const part of parts(key)) part.classList.add("fresh");
    keep();
    line.textContent = fresh.size
      ? `Live. ${fresh.size} new candidate${fresh.size === 1 ? "" : "s"} since you opened this page.`
      : "Live: new candidates appear by themselves.";
  };
  const soon = () => {
    waiting ??= setTimeout(refresh, 1000);
  };
  const stream = new EventSource(line.dataset.address);
  line.hidden = false;
  line.textContent = "Connecting ...";
  stream.addEventListener("open", refresh);
  stream.addEventListener("next", soon);
  stream.addEventListener("complete", () => stream.close());
  stream.addEventListener("error", () => {
    line.textContent =
      stream.readyState === EventSource.CLOSED
        ? "Not live: reload the page to see what is new."
        : "The line is down; coming back by itself ...";
  });
})();
