/* Lists keep still while someone looks at them: what came meanwhile waits behind a pill, "2 new", and is shown when it
   is pressed or when pointer and focus have left. */
(function () {
  "use strict";
  const voda = window.voda;
  const held = new Map();

  /** Identifiers of events in a made part, whether it comes as components ("id":"event-…") or as HTML (id="event-…"). */
  const identifiers = (made) =>
    [...new Set([...JSON.stringify(made).matchAll(/\bid(?:=\\"|":")(event-[\w-]+)/g)].map((found) => found[1]))];

  voda.holdBack = async (parts, reason) => {
    parts.forEach((part) => held.has(part.id) || held.set(part.id, { reason, pill: null }));
    if (reason !== "events") return;
    const made = await voda.fetchPage(parts.map((part) => part.id)).catch(() => null);
    if (!made) return;
    for (const part of parts) {
      const came = identifiers(made.parts[part.id]).filter((id) => !document.getElementById(id)).length;
      if (came) offer(part, came);
    }
  };

  const offer = (part, came) => {
    const kept = held.get(part.id);
    if (!kept || !document.contains(part)) return;
    if (!kept.pill) {
      kept.pill = document.createElement("button");
      kept.pill.type = "button";
      kept.pill.className = "held";
      kept.pill.addEventListener("click", () => release(part.id));
      (part.closest("section") || part.parentElement).appendChild(kept.pill);
    }
    kept.pill.textContent = voda.say("{n} new", { n: came });
  };

  const release = async (id) => {
    const kept = held.get(id);
    held.delete(id);
    if (kept && kept.pill) kept.pill.remove();
    if (!document.getElementById(id)) return;
    const made = await voda.fetchPage([id]).catch(() => null);
    if (made) for (const part of Object.keys(made.parts)) {
      window.dash_clientside.set_props(part, { children: made.parts[part] });
    }
  };

  const left = () => held.forEach((kept, id) => {
    const part = document.getElementById(id);
    if (!part) { held.delete(id); if (kept.pill) kept.pill.remove(); return; }
    const on = (element) => element && (element.matches(":hover") || element.contains(document.activeElement) || element.querySelector("details[open] form"));
    if (!on(part) && !on(kept.pill)) release(id);
  });
  document.addEventListener("pointermove", () => held.size && left(), { passive: true });
  document.addEventListener("focusout", () => held.size && setTimeout(left, 0));
})();
