// A file on its way shows how far it is; so does the matching. The first rows follow the chosen columns. Without this
// script, the same forms are sent and answered as forms.
"use strict";

(() => {
  const count = new Intl.NumberFormat("fr").format;
  const going = (box, cancel) => {
    const [bar, line, button] = box.children;
    box.hidden = false;
    button.onclick = cancel;
    return {
      // Of a whole that is not known, the bar says only that something happens.
      tell(text, done, of) {
        if (of) bar.value = done / of;
        else bar.removeAttribute("value");
        if (line.textContent !== text) line.textContent = text;
      },
      end() {
        box.hidden = true;
      },
    };
  };

  // The page as the server gives it after a mistake, in place of this one.
  const show = (html) => {
    const come = new DOMParser().parseFromString(html, "text/html");
    document.getElementById("content").replaceWith(document.adoptNode(come.getElementById("content")));
    start();
  };

  const sending = (form) => {
    const input = form.elements.table;
    const field = input.closest(".field");
    const mistake = document.getElementById("table-mistake");
    const button = form.querySelector("[type=submit]");
    const wrong = (text) => {
      mistake.textContent = text;
      mistake.hidden = !text;
      field.classList.toggle("wrong", Boolean(text));
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    };
    const send = () => {
      const file = input.files[0];
      const most = Number(form.dataset.mostBytes);
      if (!file) return wrong("choose a file first");
      if (file.size > most) return wrong(`the file has ${count(Math.ceil(file.size / 1e6))} MB, and may have ${count(most / 1e6)}: send it in parts`);
      wrong("");
      const request = new XMLHttpRequest();
      const progress = going(document.getElementById("sending"), () => request.abort());
      button.disabled = true;
      const end = (text) => {
        progress.end();
        button.disabled = false;
        if (text) wrong(text);
      };
      request.upload.onprogress = ({ loaded, total }) =>
        progress.tell(loaded < total ? `${count(Math.round(loaded / 1e5) / 10)} of ${count(Math.round(total / 1e5) / 10)} MB sent` : "Reading the table", loaded < total ? loaded : 0, loaded < total ? total : 0);
      request.onload = () => {
        const answer = request.getResponseHeader("Content-Type")?.includes("json") ? JSON.parse(request.responseText) : {};
        if (answer.location) location.assign(answer.location);
        else end(answer.mistakes?.table ?? answer.errors?.[0]?.message ?? `the server answered ${request.status}: try again`);
      };
      request.onerror = () => end("the connection broke off: try again");
      request.onabort = () => end("");
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "text";
      progress.tell("Sending", 0, 1);
      request.send(new FormData(form));
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    input.addEventListener("change", () => input.files.length && send());
    for (const name of ["dragenter", "dragover"]) {
      form.addEventListener(name, (event) => {
        event.preventDefault();
        form.classList.add("over");
      });
    }
    for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      send();
    });
  };

  const lines = async function* (response) {
    const decoder = new TextDecoder();
    let text = "";
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const whole = text.split("\n");
      text = whole.pop();
      for (const line of whole) yield JSON.parse(line);
    }
  };

  const choosing = (form) => {
    const button = document.getElementById("go");
    const asked = () => new URLSearchParams(new FormData(form));
    document.getElementById("look").hidden = true;
    let latest = 0;
    form.addEventListener("change", async (event) => {
      if (!["id", "ra", "dec", "raUnit", "decUnit"].includes(event.target.name)) return;
      const mine = ++latest;
      const preview = document.getElementById("preview");
      preview.classList.add("stale");
      const response = await fetch(`${form.action}?${asked()}`);
      const come = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("preview");
      if (mine === latest && come) preview.replaceWith(document.adoptNode(come));
      else preview.classList.remove("stale");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const stop = new AbortController();
      const progress = going(document.getElementById("matching"), () => stop.abort());
      button.disabled = true;
      progress.tell("Reading the table");
      try {
        const response = await fetch(form.action, { method: "POST", body: asked(), headers: { Accept: "application/x-ndjson" }, signal: stop.signal });
        const kind = response.headers.get("Content-Type");
        if (kind.includes("html")) return show(await response.text());
        if (!kind.includes("ndjson")) throw new Error((await response.json()).errors[0].message);
        let isDone = false;
        for await (const line of lines(response)) {
          if (line.page) return show(line.page);
          progress.tell(`${count(line.done)} of ${count(line.of)} rows matched`, line.done, line.of);
          isDone = Boolean(line.location);
          if (isDone) location.assign(line.location);
        }
        if (!isDone) throw new TypeError("broken off");
      } catch (error) {
        const told = { AbortError: "Stopped", TypeError: "The connection broke off: try again" };
        progress.tell(told[error.name] ?? error.message, 0, 1);
        button.disabled = false;
      }
    });
  };

  const start = () => {
    const send = document.getElementById("send");
    const choose = document.getElementById("choose");
    if (send) sending(send);
    if (choose) choosing(choose);
    const keys = [...document.querySelectorAll("#matches [data-key]")].map((row) => row.dataset.key);
    const list = { keys: [...new Set(keys)], back: location.pathname + location.search };
    if (keys.length) sessionStorage.setItem("arrayan-list", JSON.stringify(list));
    document.querySelector("#content [aria-invalid]")?.focus();
  };
  start();
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
