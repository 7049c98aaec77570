// Circles and rows belong together; the list is kept for stepping through it.
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

  const rows = new Map([...document.querySelectorAll("#candidates [data-key]")].map((row) => [row.dataset.key, row]));
  const circles = new Map([...document.querySelectorAll(".sky .mark")].map((mark) => [mark.dataset.key, mark]));
  const choose = (key) => {
    for (const chosen of document.querySelectorAll(".hunt .chosen")) chosen.classList.remove("chosen");
    rows.get(key)?.classList.add("chosen");
    circles.get(key)?.classList.add("chosen");
  };
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const card = event.target.querySelector(".candidate");
    if (card) choose(card.dataset.key);
  });
  document.querySelector(".sky").addEventListener("click", (event) => {
    const mark = event.target.closest(".mark");
    const row = mark && rows.get(mark.dataset.key);
    if (!row) return;
    event.preventDefault();
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("a").click();
  });
  if (rows.size) {
    sessionStorage.setItem("arrayan-list", JSON.stringify({ keys: [...rows.keys()], back: location.pathname + location.search }));
  }
})();
