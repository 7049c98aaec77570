"""The pages in a headless Chromium, on the sample night as `arrayan up` serves it.

The object page is one request for the page and one for its first stamps. Beside it, in the same rounds, the same
object is shown as pages of single cards do it: an empty page with the same scripts asks our own endpoint for every
card by itself and draws the same light curve and the same stamps. It is complete when the light curve is drawn and
the stamps are there, in both.
"""

import base64
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.rounds import interleave
from benchmarks.sample_server import ask, sample_server

CARDS = Path(__file__).with_name("cards.html")
CARDS_PATH = "/cards-of-benchmark"
POINTS = 2000
PAGE_SECONDS, CURVE_SECONDS = 1.0, 0.5
MOST_SECONDS, POLL_MS = 60.0, 25
FAR_MS = 150
"""Between a browser and a server on another continent, there and back."""
BUSIEST = """{
  objects(first: 2, where: {class: {classifier: "late"}, survey: ZTF}, orderBy: {field: DETECTION_COUNT}) {
    nodes { name }
  }
}"""

OBJECT = "query($name: String!, $survey: Survey!) {{ object(name: $name, survey: $survey) {{ {} }} }}"
PARTS = {
    "summary": """name ra dec firstMjd lastMjd detectionCount nonDetectionCount corrected stellar meanColor
      links { name url }""",
    "lightCurve": """lightCurve {
      detections { candid mjd band magnitude magnitudeError isPositive
        apparentMagnitude apparentMagnitudeError flux fluxError dubious hasStamps }
      nonDetections { mjd band limitingMagnitude }
      forcedPhotometry { mjd band flux fluxError magnitude magnitudeError isPositive apparentMagnitude
        apparentMagnitudeError } }""",
    "bands": """bandStatistics { band detectionCount dubiousCount firstMjd lastMjd magnitudeMean magnitudeMedian
      magnitudeMin magnitudeMax magnitudeSigma magnitudeFirst magnitudeLast apparentMagnitudeMean
      apparentMagnitudeMedian riseRate saturationRate }""",
    "classes": """classifications { classifier version class probability probabilities { class probability } }
      classificationHistory(first: 100) { edges { node { classifier class probability mjd } } }""",
    "features": "features { name band value unit }",
    "stamps": """stamps { candid mjd band science: stamp(kind: SCIENCE) { pngUrl fitsUrl width height }
      template: stamp(kind: TEMPLATE) { pngUrl fitsUrl width height }
      difference: stamp(kind: DIFFERENCE) { pngUrl fitsUrl width height } }""",
    "packet": "packet { fields { name value } }",
    "crossmatches": "crossmatches(radius: 20) { catalog sourceId separation values { name value unit } }",
    "neighbors": "neighbors(radius: 30) { separation object { survey name detectionCount } }",
}
"""What each card asks for."""

WATCH = """(() => {
  const done = () => DONE;
  const look = () => { if (done()) window.completeAt = performance.now(); else requestAnimationFrame(look); };
  requestAnimationFrame(look);
})()"""
STAMPS_ARE_THERE = (
    "[...document.querySelectorAll('%s')].length === 3 && "
    "[...document.querySelectorAll('%s')].every((image) => image.complete && image.naturalWidth > 0)"
)
OURS_DONE = "document.querySelector('.light-curve[data-drawn]') !== null && " + STAMPS_ARE_THERE.replace(
    "%s", "#stamps figure img"
)
CARDS_DONE = "document.body?.dataset.cards === 'shown' && " + STAMPS_ARE_THERE.replace("%s", "#stamps img")
LOADED = "document.readyState === 'complete'"

DRAW = """async (points) => {
  const bands = ["g", "r"];
  const detections = Array.from({ length: points }, (_, place) => ({
    candid: String(place), mjd: 60000 + place * 0.9 + (place % 7) * 0.01, band: bands[place % 2],
    magnitude: 18 + Math.sin(place / 40) + (place % 11) * 0.02, magnitudeError: 0.05, isPositive: place % 5 > 0,
  }));
  const data = { own: { detections, nonDetections: [], forcedPhotometry: [] }, others: [], survey: "ZTF" };
  const view = { quantity: "difference", limits: true, errors: true, others: true, hiddenBands: new Set() };
  const chart = document.createElement("div");
  chart.style.height = "460px";
  document.querySelector("main").prepend(chart);
  const began = performance.now();
  await Plotly.newPlot(chart, LightCurve.traces(data, view), LightCurve.layout(view), { responsive: true });
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const took = performance.now() - began;
  Plotly.purge(chart);
  chart.remove();
  return took / 1000;
}"""


class Shown(NamedTuple):
    """A page: where it is, what is true of it when it is complete, and its text where no server has it."""

    path: str
    done: str
    html: str | None = None


class Seen(NamedTuple):
    """One opening of a page: seconds to its completion, processor seconds of its main thread, requests, and bytes
    as they came over the wire."""

    seconds: float
    processor_seconds: float
    requests: float
    kilobytes: float


def run(plan: Plan) -> Section:
    with chromium() as browser, tempfile.TemporaryDirectory() as folder, sample_server(Path(folder)) as address:
        name, other = (str(node["name"]) for node in ask(address, BUSIEST)["objects"]["nodes"])
        page, cards = _ours(name), _of_cards(name)
        page_before, cards_before = _ours(other), _of_cards(other)
        variants: dict[str, Callable[[int], Seen]] = {
            "ours, first visit": lambda _: _visit(browser, address, page),
            "cards, first visit": lambda _: _visit(browser, address, cards),
            "ours, next object": lambda _: _visit(browser, address, page, before=page_before),
            "cards, next object": lambda _: _visit(browser, address, cards, before=cards_before),
            "ours, far away": lambda _: _visit(browser, address, page, latency_ms=FAR_MS),
            "cards, far away": lambda _: _visit(browser, address, cards, latency_ms=FAR_MS),
        }
        for title, place in _pages(name).items():
            variants[title] = partial(_opened, browser, address, Shown(place, LOADED))
        seen = interleave("pages", variants, plan.rounds)
        curves = _curves(browser, address, page.path, plan.rounds)
    return Section(
        name="pages",
        figures=[
            *_beside(seen, "first visit", Goal("<=", 1.0)),
            *_beside(seen, "next object", Goal("<=", 1.0)),
            *_beside(seen, "far away", Goal("<=", 1.0)),
            *(
                Figure(name=f"{title}, open", unit="s", ours=[one.seconds for one in seen[title]])
                for title in _pages(name)
            ),
            Figure(name=f"Light curve of {POINTS} points, drawn", unit="s", ours=[one.seconds for one in curves]),
            Figure(name="of that, the page's thread", unit="s", ours=[one.processor_seconds for one in curves]),
        ],
        notes=[
            f"{name} of the sample night. Goals: {PAGE_SECONDS:g} s for a page, {CURVE_SECONDS:g} s for the curve.",
            "First visit: nothing is in the browser's cache. Next object: another one was looked at before.",
            f"Far away: a first visit over a line on which every answer takes {FAR_MS} ms longer.",
            f"The peer asks {len(PARTS)} documents of the same endpoint, one per card, all at once.",
        ],
    )


def _pages(name: str) -> dict[str, str]:
    return {
        "Hunter": "/?days=30",
        "Explorer": "/explorer",
        "Nights": "/nights",
        "Finding chart": f"/object/ZTF/{name}/chart",
    }


def _ours(name: str) -> Shown:
    return Shown(f"/object/ZTF/{name}", OURS_DONE)


def _of_cards(name: str) -> Shown:
    """The page of single cards about an object."""
    asked = {
        "cards": {card: OBJECT.format(part) for card, part in PARTS.items()},
        "variables": {"name": name, "survey": "ZTF"},
    }
    html = CARDS.read_text().replace("<script>\n", f"<script>\nconst CARDS = {json.dumps(asked)};\n", 1)
    return Shown(CARDS_PATH, CARDS_DONE, html)


def _beside(seen: Mapping[str, list[Seen]], title: str, goal: Goal) -> list[Figure]:
    ours, cards = seen[f"ours, {title}"], seen[f"cards, {title}"]
    return [
        Figure(
            name=f"Object page, {title}: {what}",
            unit=unit,
            ours=[one[place] for one in ours],
            peer_name="a call per card",
            peer=[one[place] for one in cards],
            goal=goal if what in {"complete", "requests"} else None,
        )
        for place, (what, unit) in enumerate(
            (("complete", "s"), ("of that, the page's thread", "s"), ("requests", ""), ("over the wire", "kB"))
        )
    ]


def _visit(
    browser: Browser, address: str, shown: Shown, *, before: Shown | None = None, latency_ms: int = 0
) -> Seen:
    """Open a page as a new visitor, or as one who has been at the page before it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        if before is not None:
            _measured(context, address, before)
        return _measured(context, address, shown, latency_ms)
    finally:
        context.close()


def _opened(browser: Browser, address: str, shown: Shown, _: int) -> Seen:
    return _visit(browser, address, shown)


def _measured(context: BrowserContext, address: str, shown: Shown, latency_ms: int = 0) -> Seen:
    page = context.new_page()
    page.add_init_script(WATCH.replace("DONE", shown.done))
    network = context.new_cdp_session(page)
    if shown.html is not None:
        _serve_cards(network, shown.html)
    network.send("Performance.enable", {"timeDomain": "threadTicks"})
    requests: set[str] = set()
    sizes: list[float] = []
    network.on("Network.requestWillBeSent", lambda sent: requests.add(sent["requestId"]))
    network.on("Network.requestServedFromCache", lambda cached: requests.discard(cached["requestId"]))
    network.on("Network.responseReceived", lambda got: _forget_cached(got, requests))
    network.on("Network.loadingFinished", lambda ended: sizes.append(ended["encodedDataLength"]))
    network.send("Network.enable")
    if latency_ms:
        line = {"offline": False, "latency": latency_ms, "downloadThroughput": -1, "uploadThroughput": -1}
        network.send("Network.emulateNetworkConditions", line)
    page.goto(f"{address}{shown.path}")
    seconds = _completed(page)
    processor = _processor_seconds(network)
    page.wait_for_timeout(100)  # what is told of the network comes a little later
    page.close()
    return Seen(seconds, processor, len(requests), sum(sizes) / 1000)


def _serve_cards(network: CDPSession, cards: str) -> None:
    """Answer for the page of cards. Playwright's own way would switch the browser's cache off."""
    answer = {
        "responseCode": 200,
        "responseHeaders": [{"name": "Content-Type", "value": "text/html; charset=utf-8"}],
        "body": base64.b64encode(cards.encode()).decode(),
    }

    def fulfil(paused: Mapping[str, Any]) -> None:
        network.send("Fetch.fulfillRequest", {"requestId": paused["requestId"], **answer})

    network.on("Fetch.requestPaused", fulfil)
    network.send("Fetch.enable", {"patterns": [{"urlPattern": f"*{CARDS_PATH}"}]})


def _processor_seconds(network: CDPSession) -> float:
    """What the page's main thread has worked since it began, however busy the machine."""
    found = {one["name"]: one["value"] for one in network.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"])


def _completed(page: Page) -> float:
    """Seconds from the beginning of the navigation. Asked again and again: waiting for an expression would evaluate
    a text in the page, which its policy forbids."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        found = page.evaluate("window.completeAt ?? null")
        if found is not None:
            return float(found) / 1000
        page.wait_for_timeout(POLL_MS)
    raise RuntimeError(f"{page.url} was not complete in {MOST_SECONDS:g} s")


def _forget_cached(got: Mapping[str, Any], requests: set[str]) -> None:
    if got["response"].get("fromDiskCache"):
        requests.discard(got["requestId"])


class Drawn(NamedTuple):
    """One drawing: seconds until it is seen, and processor seconds of the page's main thread."""

    seconds: float
    processor_seconds: float


def _curves(browser: Browser, address: str, path: str, rounds: int) -> list[Drawn]:
    page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto(f"{address}{path}")
        page.locator(".light-curve[data-drawn]").wait_for()
        thread = page.context.new_cdp_session(page)
        thread.send("Performance.enable", {"timeDomain": "threadTicks"})
        return [_drawn(page, thread) for _ in range(1 + rounds)][1:]
    finally:
        page.close()


def _drawn(page: Page, thread: CDPSession) -> Drawn:
    before = _processor_seconds(thread)
    seconds = float(page.evaluate(DRAW, POINTS))
    return Drawn(seconds, _processor_seconds(thread) - before)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless. Raises BenchmarkUnavailable where there is none."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise BenchmarkUnavailable("no chromium on this machine")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
