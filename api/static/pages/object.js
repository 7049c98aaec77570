// The object page: its chart, its folding, its stamps by a click, and steps through the list it was found in.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("curve-data").textContent);
  const chart = document.getElementById("curve");
  const panel = document.querySelector(".light-curve");
  const folding = panel.querySelector(".folding");
  const period = document.getElementById("period");
  const slider = document.getElementById("period-slider");
  const shortest = Number(period.min);
  const longest = Number(period.max);
  const view = { quantity: "difference", limits: true, forced: false, errors: true, others: true, period: null, zero: 0 };
  view.hiddenBands = new Set();
  view.zero = data.own.detections.length ? data.own.detections[0].mjd : 0;

  // The plotting library comes when it comes: nothing else waits for it, and the small curve stays until then.
  const plotting = new Promise((ready) => {
    if (window.Plotly) ready();
    else document.getElementById("plotly").addEventListener("load", () => ready());
  });
  const draw = async () => {
    await plotting;
    const config = { responsive: true, displaylogo: false, toImageButtonOptions: { filename: document.title } };
    return Plotly.react(chart, LightCurve.traces(data, view), LightCurve.layout(view), config);
  };

  // Stamps of an alert, in their panel.
  const showStamps = (candid) => {
    const link = document.querySelector(`.epochs [data-candid="${CSS.escape(candid)}"]`);
    if (!link) return;
    for (const chosen of document.querySelectorAll(".epochs .chosen")) chosen.classList.remove("chosen");
    link.classList.add("chosen");
    const form = document.querySelector(".stamps-form");
    const look = form ? `?${new URLSearchParams(new FormData(form))}` : "";
    htmx.ajax("GET", `${link.getAttribute("href")}${look}`, { target: ".stamps-of", swap: "outerHTML" });
  };

  const setPeriod = (days) => {
    if (!Number.isFinite(days)) return;
    view.period = Math.min(longest, Math.max(shortest, days));
    period.value = view.period;
    slider.value = Math.log(view.period / shortest) / Math.log(longest / shortest);
    draw();
  };

  const loadPeriodogram = () => {
    const place = document.getElementById("periodogram");
    if (!place.dataset.address) return;
    htmx.ajax("GET", place.dataset.address, { target: place, swap: "innerHTML" });
    delete place.dataset.address;
  };

  const setMode = (mode) => {
    for (const button of panel.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    folding.hidden = mode !== "folded";
    if (mode === "folded") {
      view.quantity = data.corrected ? "apparent" : "difference";
      loadPeriodogram();
      setPeriod(Number(period.value));
    } else {
      view.quantity = mode;
      view.period = null;
      draw();
    }
  };

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mode], [data-times], [data-period]");
    if (button?.dataset.mode) setMode(button.dataset.mode);
    else if (button?.dataset.times) setPeriod(view.period * Number(button.dataset.times));
    else if (button?.dataset.period) setPeriod(Number(button.dataset.period));
    else if (event.target.closest(".periodogram")) {
      const picture = event.target.closest(".periodogram");
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      const width = picture.viewBox.baseVal.width;
      setPeriod(shortest * (longest / shortest) ** ((place.x - 8) / (width - 16)));
    }
  });
  panel.addEventListener("change", (event) => {
    if (event.target.dataset.band) {
      view.hiddenBands[event.target.checked ? "delete" : "add"](event.target.dataset.band);
      draw();
    } else if (event.target.dataset.show) {
      view[event.target.dataset.show] = event.target.checked;
      draw();
    } else if (event.target === period) setPeriod(Number(period.value));
  });
  slider.addEventListener("input", () => setPeriod(shortest * (longest / shortest) ** Number(slider.value)));

  document.getElementById("stamps").addEventListener("click", (event) => {
    const link = event.target.closest("a[data-candid]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showStamps(link.dataset.candid);
  });

  document.querySelector(".sky-view form")?.addEventListener("submit", (event) => {
    event.target.closest(".sky-view").classList.add("asked");
  });

  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "copied";
      setTimeout(() => (button.textContent = "copy"), 1200);
    });
  }

  panel.querySelector(".controls").hidden = false;
  panel.querySelector(".hint").hidden = false;
  plotting.then(() => {
    chart.replaceChildren();
    chart.classList.add("drawn");
    return draw();
  }).then(() => {
    chart.on("plotly_click", (event) => {
      const candid = event.points[0]?.customdata;
      if (candid) showStamps(candid);
    });
    panel.dataset.drawn = "true";
  });
  document.addEventListener("arrayan:theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

  // Probabilities in time, once somebody opens them.
  const history = document.getElementById("history");
  history?.closest("details").addEventListener(
    "toggle",
    () => {
      const answers = JSON.parse(document.getElementById("history-data").textContent).map((edge) => edge.node);
      const names = new Map();
      for (const answer of answers) {
        for (const one of answer.probabilities) {
          const name = `${answer.classifier} ${answer.version}: ${one.class}`;
          if (!names.has(name)) names.set(name, { name, x: [], y: [], type: "scatter", mode: "lines+markers" });
          names.get(name).x.unshift(answer.mjd);
          names.get(name).y.unshift(one.probability);
        }
      }
      const look = LightCurve.layout({ quantity: "difference", period: null });
      look.yaxis = { ...look.yaxis, title: { text: "Probability" }, autorange: false, range: [0, 1] };
      const config = { responsive: true, displaylogo: false };
      plotting.then(() => Plotly.newPlot(history, [...names.values()], { ...look, height: 320 }, config));
    },
    { once: true },
  );

  // Steps through the list that led here.
  const list = JSON.parse(sessionStorage.getItem("arrayan-list") ?? "null");
  const here = list ? list.keys.indexOf(document.querySelector(".object").dataset.key) : -1;
  if (here >= 0) {
    const steps = document.querySelector(".steps");
    const base = location.pathname.split("/").slice(0, -2).join("/");
    steps.hidden = false;
    const point = (selector, key) => {
      const link = steps.querySelector(selector);
      if (key) link.href = `${base}/${key.split("/").map(encodeURIComponent).join("/")}`;
      else link.hidden = true;
    };
    // At an end of the list, the page of the list beside it is next, which opens its own nearest object.
    const beyond = (selector, address) => {
      if (address) Object.assign(steps.querySelector(selector), { href: address, hidden: false });
    };
    point(".previous", list.keys[here - 1]);
    point(".next", list.keys[here + 1]);
    if (here === 0) beyond(".previous", list.previous);
    if (here === list.keys.length - 1) beyond(".next", list.next);
    const back = steps.querySelector(".back");
    if (list.back) Object.assign(back, { href: list.back, hidden: false, textContent: `${here + 1} of ${list.keys.length}` });
    addEventListener("keydown", (event) => {
      if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
      const link = { ArrowLeft: ".previous", ArrowRight: ".next" }[event.key];
      const target = link && steps.querySelector(link);
      if (target && !target.hidden) target.click();
    });
  }
})();
