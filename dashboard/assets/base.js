/* Smart voda in the browser: two components for Dash (Markup, Chart), navigation, actions, light and dark.
   What a page needs stands in two JSON blocks of the document: voda-page (language, palette) and voda-first (content). */
(function () {
  "use strict";
  const page = JSON.parse(document.getElementById("voda-page").textContent);
  const voda = (window.voda = { page, charts: new Set(), cursor: page.cursor });

  /** A sentence in the page's language with its {named} places filled. */
  voda.say = (msgid, values) =>
    (page.say[msgid] || msgid).replace(/{(\w+)}/g, (whole, name) => (values && name in values ? values[name] : whole));

  voda.number = (value, digits) =>
    new Intl.NumberFormat(page.language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
      .format(value).replace("-", page.minus);

  // Local wall time as if it were UTC: what a time axis shows. Offsets change on the hour at most.
  const offsets = new Map();
  voda.local = (utcMs) => {
    const hour = Math.floor(utcMs / 900000);
    if (!offsets.has(hour)) {
      const parts = new Intl.DateTimeFormat("en-US", {
        timeZone: page.timezone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric",
        minute: "numeric", second: "numeric",
      }).formatToParts(new Date(hour * 900000)).reduce((all, part) => ({ ...all, [part.type]: +part.value }), {});
      offsets.set(hour, Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second)
        - hour * 900000);
    }
    return utcMs + offsets.get(hour);
  };
  voda.ms = (local) => (typeof local === "number" ? local : Date.parse(String(local).replace(" ", "T") + "Z"));
  voda.clock = (localMs, seconds) => new Date(localMs).toISOString().slice(11, seconds ? 19 : 16);

  /* ---- Dash components ---- */
  const h = window.React.createElement;
  const VOID = new Set(["br", "hr", "img", "input", "wbr", "col"]);
  voda.Markup = (props) =>
    h(props.tag || "div", { id: props.id, className: props.className || undefined, ...props.attributes,
      ...(VOID.has(props.tag) ? {} : { dangerouslySetInnerHTML: { __html: props.html } }) });

  voda.Chart = (props) => {
    const frame = window.React.useRef(null);
    window.React.useEffect(() => {
      let chart = null;
      let gone = false;
      voda.plotly().then(() => {
        if (!gone && frame.current) chart = new voda.LiveChart(frame.current, props);
      });
      return () => { gone = true; if (chart) chart.remove(); };
    }, [props.figure]);
    return h("div", { id: props.id, ref: frame, className: "plot chart", style: { height: props.height }, tabIndex: 0,
      role: "figure", "aria-label": props.label });
  };

  window.dashboard = { Markup: voda.Markup, Chart: voda.Chart };

  /** Plotly, fetched once, with the first chart. */
  let loading = null;
  voda.plotly = () => {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = page.plotly;
      script.onload = () => {
        // Plotly speaks English by itself, and needs more of a locale that takes that one's place than we have.
        if (page.language !== "en") {
          window.Plotly.register({ moduleType: "locale", name: page.language, dictionary: {}, format: {
            days: page.days, shortDays: page.shortDays, months: page.months, shortMonths: page.shortMonths,
            date: "%d.%m.%Y" } });
        }
        resolve(window.Plotly);
      };
      script.onerror = reject;
      document.head.appendChild(script);
    });
    return loading;
  };
  // Not with the first chart's effect, but at once: Dash and plotly load side by side.
  if (document.querySelector('link[rel=preload][as=script]')) voda.plotly();

  /* ---- navigation: addresses are pages, their content comes as Dash components ---- */
  const own = (query) => { const params = new URLSearchParams(query); params.delete("scheme"); return params; };
  voda.fetchPage = async (parts) => {
    const params = own(location.search);
    params.set("path", location.pathname);
    if (parts) params.set("parts", parts.join(","));
    const answer = await fetch("/_page?" + params, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("page " + answer.status);
    return answer.json();
  };
  let shown = null;
  const anew = (made) => voda.fetchPage().catch(() => made);
  const show = (made) => {
    document.title = made.title;
    document.querySelectorAll("[data-section]").forEach((link) => {
      if (link.dataset.section === made.section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll("details.more[open]").forEach((menu) => menu.removeAttribute("open"));
    if (made.cursor) voda.cursor = made.cursor;
    setTimeout(retryIfAsked, 0);
    setTimeout(rememberName, 100);
    return made.content;
  };
  // Whoever typed a name once need not again: kept in this browser only.
  const rememberName = () => document.querySelectorAll("input[name=who]").forEach((field) => {
    if (!field.value) field.value = localStorage.getItem("who") || "";
  });
  const retryIfAsked = () => {
    const asks = document.querySelector("[data-retry]");
    if (asks) setTimeout(() => document.contains(asks) && voda.refresh(), asks.dataset.retry * 1000);
  };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { voda: {
    route: async (pathname, search) => {
      if (shown === null) {
        shown = pathname + search;
        // It comes last in the document: the browser starts the scripts while the server still makes it.
        if (document.readyState === "loading") {
          await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
        }
        const first = JSON.parse(document.getElementById("voda-first").textContent);
        return show(window.vodaNarrowed && document.querySelector("link[rel=preload]") ? await anew(first) : first);
      }
      if (shown === pathname + search) return window.dash_clientside.no_update;
      const moved = shown.split("?")[0] !== pathname;
      shown = pathname + search;
      try {
        const made = await voda.fetchPage();
        if (moved) window.scrollTo(0, 0);
        return show(made);
      } catch (error) {
        location.reload();
        return window.dash_clientside.no_update;
      }
    },
  } });

  voda.go = (href) => {
    history.pushState(null, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };
  /** Make the page anew where it stands. */
  voda.refresh = async () => {
    const made = await voda.fetchPage();
    window.dash_clientside.set_props("page", { children: show(made) });
  };
  /** Make only the parts anew that asked for it (data-refresh), charts stay untouched. */
  voda.refreshParts = async (reason, everywhere) => {
    const asking = [...document.querySelectorAll(`[data-refresh~="${reason}"][id]`)];
    const looked = everywhere ? [] : asking.filter((part) => part.matches(":hover") || part.contains(document.activeElement) || part.querySelector("details[open] form"));
    if (looked.length && voda.holdBack) voda.holdBack(looked, reason);
    const parts = asking.filter((part) => !looked.includes(part)).map((part) => part.id);
    const charts = new Map([...voda.charts].filter((chart) => chart.props.refresh === reason)
      .map((chart) => [chart.props.id, chart]));
    if (!parts.length && !charts.size) return;
    const made = await voda.fetchPage([...parts, ...charts.keys()]);
    for (const id of Object.keys(made.parts)) {
      if (charts.has(id)) charts.get(id).merge(made.parts[id]);
      else window.dash_clientside.set_props(id, { children: made.parts[id] });
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.dataset.lang) {
      event.preventDefault();
      document.cookie = `lang=${link.dataset.lang};path=/;max-age=31536000;samesite=lax`;
      const params = new URLSearchParams(location.search);
      params.delete("lang");
      location.search = params.toString();
      if (!params.toString()) location.reload();
      return;
    }
    const address = new URL(link.href, location.href);
    const outside = address.origin !== location.origin || link.target || link.hasAttribute("download");
    if (outside || address.pathname.startsWith("/api/") || address.hash) return;
    event.preventDefault();
    voda.go(address.pathname + address.search);
  });
  // A <select> or date field in a form without a button: its change is the address.
  document.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-go]");
    if (!form) return;
    const params = new URLSearchParams(new FormData(form));
    [...params].forEach(([name, value]) => value === "" && params.delete(name));
    voda.go(location.pathname + (params.toString() ? "?" + params : ""));
  });

  document.addEventListener("click", (event) => {
    const more = event.target.closest("[data-show-all]");
    if (more) more.parentElement.classList.add("open");
  });

  /* ---- actions: buttons that change something on the server ---- */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-action]");
    if (!button || button.disabled) return;
    if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) return;
    const values = {};
    const form = button.closest("form");
    if (localStorage.getItem("who")) values.who = localStorage.getItem("who");
    if (form) new FormData(form).forEach((value, name) => { values[name] = value; });
    for (const { name, value } of [...button.attributes]) {
      if (name.startsWith("data-value-")) values[name.slice(11).replace(/-/g, "_")] = value;
    }
    if (values.who) localStorage.setItem("who", values.who);
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.action, { method: "POST", body: JSON.stringify(values),
        headers: { "Content-Type": "application/json", "X-Voda": "1" } });
      const told = await answer.json();
      if (answer.ok) form?.querySelectorAll("input[name=note]").forEach((field) => { field.value = ""; });
      voda.tell(told.message || (answer.ok ? "" : voda.say("This could not be done. Try again.")), !answer.ok);
      if (answer.ok && told.go) voda.go(told.go);
      else if (answer.ok) await voda.refreshParts("events", true);
    } catch (error) {
      voda.tell(voda.say("This could not be done. Try again."), true);
    } finally {
      button.disabled = false;
    }
  });
  let hush = null;
  voda.tell = (message, bad) => {
    let line = document.getElementById("told");
    if (!line) {
      line = document.body.appendChild(document.createElement("div"));
      line.id = "told";
      line.setAttribute("role", "status");
    }
    line.textContent = message;
    line.className = bad ? "bad" : "";
    line.hidden = !message;
    clearTimeout(hush);
    hush = setTimeout(() => { line.hidden = true; }, 8000);
  };

  /* ---- light and dark ---- */
  voda.scheme = () => document.documentElement.dataset.scheme || "light";
  const swap = () => {
    const scheme = voda.scheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.scheme = scheme;
    document.cookie = `scheme=${scheme};path=/;max-age=31536000;samesite=lax`;
    voda.charts.forEach((chart) => chart.recolour());
  };
  for (const id of ["scheme", "scheme-more"]) document.getElementById(id)?.addEventListener("click", swap);
})();
