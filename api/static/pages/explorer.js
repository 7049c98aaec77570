// The class follows the classifier; empty fields stay out of the address; the list is kept for stepping through it.
"use strict";

(() => {
  const form = document.getElementById("search");
  const classifier = form.elements.classifier;
  const classes = form.elements.class;
  const showClasses = () => {
    for (const group of classes.querySelectorAll("optgroup")) {
      group.hidden = classifier.value !== "" && group.dataset.classifier !== classifier.value;
    }
  };
  classifier.addEventListener("change", () => {
    classes.value = "";
    showClasses();
  });
  classes.addEventListener("change", () => {
    const group = classes.selectedOptions[0].closest("optgroup");
    if (group && classifier.value === "") classifier.value = group.dataset.classifier;
    showClasses();
  });
  showClasses();

  // On a phone, the results are where one looks after a search.
  if (matchMedia("(max-width: 860px)").matches) form.action += "#count";
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && field.value === "") field.disabled = true;
    }
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });

  // The list, and the pages of it before and after, which open their last or first object at once.
  const keys = [...document.querySelectorAll("#results [data-key]")].map((row) => row.dataset.key);
  if (keys.length) {
    const { next, previous } = document.getElementById("count").dataset;
    const page = (name, cursor, open) => {
      const asked = new URLSearchParams(location.search);
      for (const key of ["after", "before"]) asked.delete(key);
      asked.set(name, cursor);
      return `${location.pathname}?${asked}#${open}`;
    };
    const list = { keys, back: location.pathname + location.search };
    if (next) list.next = page("after", next, "first");
    if (previous) list.previous = page("before", previous, "last");
    sessionStorage.setItem("arrayan-list", JSON.stringify(list));
    const rows = [...document.querySelectorAll("#results [data-key] a[href*='/object/']")];
    const opened = { "#first": rows[0], "#last": rows.at(-1) }[location.hash];
    if (opened) location.replace(opened.href);
  }

  // A sky map is sent as it is; what comes back is its id.
  const file = document.getElementById("skymap-file");
  const upload = file.closest(".upload");
  upload.hidden = false;
  file.addEventListener("change", async () => {
    const told = upload.querySelector(".hint");
    if (!file.files.length) return;
    told.textContent = "Sending ...";
    try {
      const response = await fetch(file.dataset.address, { method: "POST", body: file.files[0] });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error?.message ?? answer.errors?.[0]?.message ?? response.statusText);
      form.elements.skymap.value = answer.id;
      form.elements.order.value = "SKYMAP_PROBABILITY";
      told.textContent = `${answer.event ?? "The map"}: ${answer.area90.toFixed(0)} square degrees at 90 %. Press Search.`;
    } catch (error) {
      told.textContent = `Not taken: ${error.message}`;
    }
  });
})();
