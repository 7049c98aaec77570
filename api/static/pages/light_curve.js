// A light curve as traces for Plotly: one per survey, band and kind of measurement.
"use strict";

const LightCurve = (() => {
  const SYMBOLS = { u: "diamond", g: "circle", r: "square", i: "triangle-up", z: "triangle-down", y: "cross" };
  const ORDER = ["u", "g", "r", "i", "z", "y"];

  const color = (band) => {
    const probe = document.createElement("span");
    probe.className = `band-${band}`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const COLUMNS = {
    difference: ["magnitude", "magnitudeError"],
    apparent: ["apparentMagnitude", "apparentMagnitudeError"],
    flux: ["flux", "fluxError"],
  };

  const byBand = (rows) => {
    const found = new Map();
    for (const row of rows) {
      if (!found.has(row.band)) found.set(row.band, []);
      found.get(row.band).push(row);
    }
    return [...found].sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
  };

  // Of a time, the phase of a period: twice, so that what happens at its ends can be seen.
  const folded = (rows, period, zero) =>
    rows.flatMap((row) => {
      const phase = (((row.mjd - zero) / period) % 1 + 1) % 1;
      return [{ ...row, x: phase }, { ...row, x: phase + 1 }];
    });

  const placed = (rows, view) =>
    view.period ? folded(rows, view.period, view.zero) : rows.map((row) => ({ ...row, x: row.mjd }));

  // Bands that somebody switched off stay out; a dot inside tells another object from the page's own.
  const shown = (rows, view) => byBand(rows).filter(([band]) => !view.hiddenBands.has(band));

  const measured = (rows, view, { name, forced = false, other = false }) => {
    const [value, error] = COLUMNS[view.quantity];
    const dot = other ? "-dot" : "";
    return shown(rows, view).map(([band, all]) => {
      const some = placed(all.filter((row) => row[value] !== null && row[value] !== undefined), view);
      const shade = color(band);
      const symbol = SYMBOLS[band];
      return {
        type: "scatter",
        mode: "markers",
        name: `${name}${band}${forced ? " forced" : ""}`,
        x: some.map((row) => row.x),
        y: some.map((row) => row[value]),
        error_y: { array: some.map((row) => row[error]), color: shade, thickness: 1, width: 0, visible: view.errors },
        marker: {
          color: shade,
          size: forced ? 5 : 8,
          opacity: forced ? 0.6 : 1,
          symbol: some.map((row) => `${symbol}${row.isPositive === false || forced ? "-open" : ""}${dot}`),
        },
        customdata: some.map((row) => row.candid ?? null),
        text: some.map((row) => `MJD ${row.mjd.toFixed(5)}${row.dubious ? "<br>dubious" : ""}`),
        hovertemplate: "%{text}<br>%{y:.3f}<extra>%{fullData.name}</extra>",
      };
    });
  };

  const limits = (rows, view, name) =>
    shown(rows, view).map(([band, all]) => {
      const some = placed(all, view);
      return {
        type: "scatter",
        mode: "markers",
        name: `${name}${band} limit`,
        x: some.map((row) => row.x),
        y: some.map((row) => row.limitingMagnitude),
        marker: { color: color(band), size: 7, opacity: 0.45, symbol: "arrow-down-open" },
        text: some.map((row) => `MJD ${row.mjd.toFixed(5)}`),
        hovertemplate: "%{text}<br>fainter than %{y:.3f}<extra>%{fullData.name}</extra>",
      };
    });

  const traces = (data, view) => {
    const others = view.others ? data.others.map((one) => one.object) : [];
    const curves = [[data.own, others.length ? `${data.survey} ` : "", false]];
    for (const object of others) {
      // A second object of the same survey goes by its name.
      curves.push([object.lightCurve, `${object.survey === data.survey ? object.name : object.survey} `, true]);
    }
    return curves.flatMap(([curve, name, other]) => [
      ...(view.limits && view.quantity !== "flux" ? limits(curve.nonDetections, view, name) : []),
      ...(view.forced ? measured(curve.forcedPhotometry, view, { name, forced: true, other }) : []),
      ...measured(curve.detections, view, { name, other }),
    ]);
  };

  const TITLES = {
    difference: "Difference magnitude (AB)",
    apparent: "Apparent magnitude (AB)",
    flux: "Difference flux (nJy)",
  };

  const layout = (view) => {
    const style = getComputedStyle(document.documentElement);
    const ink = getComputedStyle(document.body).color;
    const line = style.getPropertyValue("--line-drawn") || "rgba(128,128,128,0.25)";
    return {
      margin: { l: 60, r: 12, t: 8, b: 44 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: "system-ui, sans-serif" },
      xaxis: {
        title: { text: view.period ? `Phase (${view.period.toPrecision(7)} d)` : "MJD (UTC)" },
        gridcolor: line,
        tickformat: view.period ? ".2f" : "~f",
        range: view.period ? [0, 2] : undefined,
        zeroline: false,
      },
      yaxis: {
        title: { text: TITLES[view.quantity] },
        autorange: view.quantity === "flux" ? true : "reversed",
        gridcolor: line,
        zeroline: view.quantity === "flux",
      },
      legend: { orientation: "h", y: 1.08 },
      hovermode: "closest",
      uirevision: `${view.quantity}-${Boolean(view.period)}`,
    };
  };

  return { traces, layout };
})();
