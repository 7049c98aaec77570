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

  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && field.value === "") field.disabled = true;
    }
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });

  const keys = [...document.querySelectorAll("#results [data-key]")].map((row) => row.dataset.key);
  if (keys.length) {
    sessionStorage.setItem("arrayan-list", JSON.stringify({ keys, back: location.pathname + location.search }));
  }
})();
