/* The live stream in a page: one connection a browser (a SharedWorker), fanned out to its tabs. */
(function () {
  "use strict";
  const voda = window.voda;
  const page = voda.page;
  const LOST_MS = 2300;
  // After a broken connection: time for one quick reconnect before anything is said.
  const BROKEN_MS = 1300;
  const FLUSH_MS = 250;
  let heard = performance.now();
  let ticked = { domain: page.now, at: performance.now() };
  let status = null;
  let state = "live";
  let waiting = new Map();

  /** Domain time now, between the stream's ticks. */
  voda.now = () => ticked.domain + (performance.now() - ticked.at) * page.speed;

  const keyOf = (item) => (item.zone ? `z|${item.zone}|${item.quantity}` : `d|${item.device}|${item.quantity}`);

  const receive = (message) => {
    if (message.event === "broken") {
      heard = Math.min(heard, performance.now() - LOST_MS + BROKEN_MS);
      return;
    }
    heard = performance.now();
    if (message.event === "tick") {
      ticked = { domain: JSON.parse(message.data).now, at: performance.now() };
    } else if (message.event === "points") {
      const points = JSON.parse(message.data);
      for (const item of points.series) {
        const key = keyOf(item);
        const kept = waiting.get(key) || { x: [], y: [] };
        kept.x.push(...item.x);
        kept.y.push(...item.y);
        waiting.set(key, kept);
      }
      if (points.last) voda.last = points.last;
      pulse();
    } else if (message.event === "status") {
      tell(JSON.parse(message.data));
    } else if (message.event === "reload") {
      voda.refresh();
    }
    showState();
  };

  const tell = (now) => {
    const before = status;
    status = now;
    document.querySelectorAll('[data-live="waiting"]').forEach((count) => {
      count.textContent = now.waiting;
      count.hidden = !now.waiting;
    });
    if (!before) return;
    if (before.events_version !== now.events_version) voda.refreshParts("events");
    if (before.notes !== now.notes) {
      fetch("/_notes").then((answer) => (answer.ok ? answer.text() : Promise.reject())).then((lines) => {
        document.getElementById("notes").innerHTML = lines;
      }).catch(() => {});
    }
    if (before.region_version !== now.region_version) voda.refresh();
  };

  /* Buffered: however fast readings come, a chart grows four times a second at most. */
  const kept = new Map();
  const flush = () => {
    if (!waiting.size) return;
    const batch = waiting;
    waiting = new Map();
    for (const [key, points] of batch) {
      const order = points.x.map((x, k) => [voda.ms(x), k]).sort((a, b) => a[0] - b[0]).map((pair) => pair[1]);
      const item = { x: order.map((k) => points.x[k]), y: order.map((k) => points.y[k]) };
      kept.set(key, { ...item, at: performance.now() });
      voda.charts.forEach((chart) => give(chart, key, item));
    }
    for (const [key, item] of kept) if (performance.now() - item.at > 60000) kept.delete(key);
  };
  const give = (chart, key, item) => chart.traces.forEach((trace, i) => {
    const meta = trace.meta || {};
    if (meta.quantity && meta.live !== false && (meta.zone || meta.device) && keyOf(meta) === key) {
      const factor = meta.factor || 1;
      chart.receive(i, item.x, factor === 1 ? item.y : item.y.map((y) => (y === null ? null : y * factor)));
    }
  });
  // A chart drawn a moment after its page was made gets what came meanwhile.
  voda.pending = (chart) => kept.forEach((item, key) => give(chart, key, item));

  let dimmed = null;
  const pulse = () => {
    const dot = document.getElementById("live");
    dot.classList.add("pulse");
    clearTimeout(dimmed);
    dimmed = setTimeout(() => dot.classList.remove("pulse"), 200);
  };

  const showState = () => {
    const silent = performance.now() - heard;
    const next = silent > LOST_MS ? "lost" : state === "lost" ? "catching" : "live";
    const light = document.getElementById("live");
    const lost = document.getElementById("lost");
    if (next === "lost") {
      const seen = voda.clock(voda.local(ticked.domain), true);
      lost.hidden = false;
      lost.innerHTML = '<span class="live"><i class="o"></i><b></b></span><span></span>';
      lost.querySelector("b").textContent = voda.say("connection lost");
      lost.lastChild.textContent = voda.say("Showing the state of {time}. Trying again in {n} s.", { time: seen, n: 1 });
    } else {
      lost.hidden = true;
    }
    if (next !== state) {
      light.dataset.state = next;
      light.querySelector("b").textContent =
        voda.say(next === "lost" ? "connection lost" : next === "catching" ? "catching up" : "live");
      if (state === "lost") setTimeout(() => { if (state === "catching") { state = "live"; showState(); } }, 1500);
      state = next;
      light.dataset.state = state;
      if (state === "live") light.querySelector("b").textContent = voda.say("live");
    }
  };

  const everySecond = () => {
    const now = voda.local(voda.now());
    if (state !== "lost") document.getElementById("clock").textContent = voda.clock(now, true);
    voda.charts.forEach((chart) => { chart.advance(now); chart.place(); });
    const last = document.getElementById("last-reading");
    if (voda.last && last) last.textContent = last.dataset.label.replace("{time}", voda.clock(voda.ms(voda.last), true));
  };

  setInterval(flush, FLUSH_MS);
  setInterval(everySecond, 1000);
  setInterval(showState, 250);
  setInterval(() => state === "live" && voda.refreshParts("minute").catch(() => {}), 60000);

  const direct = () => {
    const source = new EventSource("/live?cursor=" + encodeURIComponent(voda.cursor));
    for (const event of ["tick", "points", "status", "reload"]) {
      source.addEventListener(event, (message) => receive({ event, data: message.data }));
    }
    source.addEventListener("error", () => receive({ event: "broken" }));
    window.addEventListener("pagehide", () => source.close());
  };
  if (window.SharedWorker) {
    try {
      const worker = new SharedWorker(page.worker, { name: "voda-live" });
      worker.port.onmessage = (message) => receive(message.data);
      worker.port.postMessage({ cursor: voda.cursor });
      worker.onerror = direct;
      window.addEventListener("pagehide", () => worker.port.postMessage({ leave: true }));
      window.addEventListener("pageshow", (event) => event.persisted && location.reload());
    } catch (error) {
      direct();
    }
  } else {
    direct();
  }
})();
