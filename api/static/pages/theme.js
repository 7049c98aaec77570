// Dark or light: as the system has it, until somebody chooses.
"use strict";

(() => {
  const root = document.documentElement;
  const kept = localStorage.getItem("arrayan-theme");
  if (kept) root.dataset.theme = kept;
  const button = document.querySelector(".theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("arrayan-theme", root.dataset.theme);
    document.dispatchEvent(new CustomEvent("arrayan:theme"));
  });
})();
