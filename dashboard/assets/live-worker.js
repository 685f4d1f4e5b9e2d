/* One stream for all tabs of a browser: HTTP/1.1 allows six connections to a server, eight tabs would take them all.
   Keeps the last minute of messages, so that a tab that was opened between two of them gets both. */
"use strict";
const KEEP_MS = 60000;
const EVENTS = ["tick", "points", "status", "reload"];
const ports = new Set();
let source = null;
let recent = [];
let lastStatus = null;
let lastId = "";

const send = (message) => ports.forEach((port) => port.postMessage(message));

const open = (cursor) => {
  source = new EventSource("/live?cursor=" + encodeURIComponent(cursor || ""));
  for (const event of EVENTS) {
    source.addEventListener(event, (sent) => {
      const message = { event, data: sent.data };
      lastId = sent.lastEventId || lastId;
      const now = performance.now();
      if (event === "points") {
        recent.push({ at: now, message });
        while (recent.length && now - recent[0].at > KEEP_MS) recent.shift();
      }
      if (event === "status") lastStatus = message;
      send(message);
    });
  }
  // The browser tries again by itself unless the server answered with an error; then we do.
  source.onerror = () => {
    send({ event: "broken" });
    if (source.readyState === EventSource.CLOSED) setTimeout(() => open(lastId), 1000);
  };
};

self.onconnect = (connection) => {
  const port = connection.ports[0];
  port.onmessage = (message) => {
    if (message.data.leave) {
      ports.delete(port);
      if (!ports.size && source) { source.close(); source = null; recent = []; }
      return;
    }
    ports.add(port);
    if (!source) open(message.data.cursor);
    if (lastStatus) port.postMessage(lastStatus);
    recent.forEach((kept) => port.postMessage(kept.message));
  };
};
