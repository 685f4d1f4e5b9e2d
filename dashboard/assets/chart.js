/* A chart that lives: appends what arrives, recolours, shares its time axis and cross-hair with its group,
   writes hovered values into its section's header, and says when its data stopped. */
(function () {
  "use strict";
  const voda = window.voda;
  const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };

  class LiveChart {
    constructor(frame, props) {
      this.frame = frame;
      this.props = props;
      this.zoomed = false;
      this.hovering = false;
      const figure = JSON.parse(JSON.stringify(props.figure));
      this.home = figure.layout.xaxis && figure.layout.xaxis.range ? [...figure.layout.xaxis.range] : null;
      // The line of now is drawn over the chart, so that its moving costs no redraw.
      figure.layout.shapes = (figure.layout.shapes || []).filter((shape) => shape.name !== "now")
        .map((shape) => this.inked(shape, voda.page.palette[voda.scheme()]));
      figure.layout.template = voda.page.templates[voda.scheme()];
      // Fewer ticks where there is less room: plotly would turn their words on end.
      const axis = figure.layout.xaxis;
      if (axis && axis.nticks) {
        axis.nticks = Math.max(3, Math.min(axis.nticks, Math.floor(frame.clientWidth / 85)));
        axis.tickangle = 0;
      }
      figure.data.forEach((trace) => this.paint(trace));
      this.plot = document.createElement("div");
      this.plot.className = "js-voda";
      this.over = document.createElement("div");
      this.over.className = "over";
      frame.replaceChildren(this.plot, this.over);
      window.Plotly.newPlot(this.plot, figure.data, figure.layout, { ...CONFIG, locale: voda.page.language })
        .then(() => this.begin());
    }

    begin() {
      voda.charts.add(this);
      this.find();
      this.plot.on("plotly_hover", (event) => this.hover(event.points[0].x));
      this.plot.on("plotly_unhover", () => this.leave());
      this.plot.on("plotly_relayout", (change) => this.moved(change));
      this.plot.on("plotly_afterplot", () => this.place());
      this.frame.addEventListener("keydown", (event) => this.step(event));
      this.frame.addEventListener("blur", () => this.leave());
      this.place();
      this.frame.dataset.drawn = "1";
      if (voda.pending) voda.pending(this);
    }

    /** Which traces are what: by meta.role. */
    find() {
      this.traces = this.plot.data;
      this.index = {};
      this.traces.forEach((trace, i) => { if (trace.meta && trace.meta.role) this.index[trace.meta.role] = i; });
      const i = this.index.observed ?? this.index.stale;
      this.observed = i === undefined ? null : i;
    }

    colour(role) {
      const palette = voda.page.palette[voda.scheme()];
      const roles = voda.page.roles[role] || {};
      return Object.fromEntries(Object.entries(roles).map(([name, token]) => [name, palette[token]]));
    }

    paint(trace) {
      for (const [name, colour] of Object.entries(this.colour(trace.meta && (trace.meta.paint || trace.meta.role)))) {
        const steps = name.split(".");
        const last = steps.pop();
        let place = trace;
        for (const step of steps) place = place[step] = place[step] || {};
        place[last] = colour;
      }
    }

    /** Shapes carry their token in their name: "event:crit". */
    inked(shape, palette) {
      const token = (shape.name || "").split(":")[1];
      return token ? { ...shape, line: { ...shape.line, color: palette[token] } } : shape;
    }

    recolour() {
      this.traces.forEach((trace, i) => {
        const meta = trace.meta || {};
        const role = this.stale && i === this.observed ? "stale" : meta.paint || meta.role;
        const colours = this.colour(role);
        if (Object.keys(colours).length) window.Plotly.restyle(this.plot, colours, [i]);
      });
      const palette = voda.page.palette[voda.scheme()];
      const shapes = (this.plot.layout.shapes || []).map((shape) => this.inked(shape, palette));
      window.Plotly.relayout(this.plot, { template: voda.page.templates[voda.scheme()], shapes });
    }

    /* ---- live ---- */
    /** Append, mend or insert points of one trace; later points only grow it, so zoom and hover stay. */
    receive(i, xs, ys) {
      const trace = this.traces[i];
      const known = trace.x;
      const last = known.length ? voda.ms(known[known.length - 1]) : -Infinity;
      const grow = { x: [], y: [] };
      let late = false;
      xs.forEach((x, k) => {
        if (voda.ms(x) > (grow.x.length ? voda.ms(grow.x[grow.x.length - 1]) : last)) {
          this.breakAt(trace, grow, last, x);
          grow.x.push(x);
          grow.y.push(ys[k]);
        } else {
          late = this.insert(trace, x, ys[k]) || late;
        }
      });
      if (late) window.Plotly.restyle(this.plot, { x: [trace.x], y: [trace.y] }, [i]);
      if (grow.x.length) window.Plotly.extendTraces(this.plot, { x: [grow.x], y: [grow.y] }, [i]);
      if (i === this.observed) this.follow();
    }

    /** Take the new points of a figure that was made again; the axes stay as they are. */
    merge(figure) {
      if (this.observed === null) return;
      const fresh = figure.data.find((trace) => trace.meta && trace.meta.role === "observed");
      for (const role of ["band-lower", "band-upper"]) {
        const made = figure.data.find((trace) => trace.meta && trace.meta.role === role);
        const i = this.index[role];
        if (made && i !== undefined) window.Plotly.restyle(this.plot, { x: [made.x], y: [made.y] }, [i]);
      }
      if (fresh) this.receive(this.observed, fresh.x, fresh.y);
    }

    /** A line is never drawn across a gap in the data. */
    breakAt(trace, grow, last, x) {
      const gap = trace.meta.gap_s * 1000;
      const before = grow.x.length ? voda.ms(grow.x[grow.x.length - 1]) : last;
      if (gap && Number.isFinite(before) && voda.ms(x) - before > gap) {
        grow.x.push(new Date(before + 1000).toISOString().slice(0, 19));
        grow.y.push(null);
      }
    }

    insert(trace, x, y) {
      const at = voda.ms(x);
      let low = 0;
      let high = trace.x.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (voda.ms(trace.x[middle]) < at) low = middle + 1; else high = middle;
      }
      if (low < trace.x.length && voda.ms(trace.x[low]) === at) {
        if (trace.y[low] === y) return false;
        trace.y = trace.y.with ? trace.y.with(low, y) : trace.y.map((old, k) => (k === low ? y : old));
        return true;
      }
      if (low === 0) return false;
      trace.x = [...trace.x.slice(0, low), x, ...trace.x.slice(low)];
      trace.y = [...trace.y.slice(0, low), y, ...trace.y.slice(low)];
      return true;
    }

    /** What hangs on the observed line: last value, area outside the band. */
    follow() {
      const trace = this.traces[this.observed];
      let k = trace.x.length - 1;
      while (k >= 0 && trace.y[k] === null) k -= 1;
      if (k < 0) return;
      const band = this.bandAt(voda.ms(trace.x[k]));
      const out = band && (trace.y[k] > band[1] || trace.y[k] < band[0]);
      this.lastValue = { x: trace.x[k], y: trace.y[k], out };
      if (this.index.outside !== undefined) {
        const area = voda.outside(trace, this.traces[this.index["band-lower"]], this.traces[this.index["band-upper"]],
          this.traces[this.index.outside].meta.below);
        window.Plotly.restyle(this.plot, { x: [area.x], y: [area.y] }, [this.index.outside]);
      }
      if (this.index.last !== undefined) {
        const digits = trace.meta.digits ?? 1;
        const paint = out ? "last-outside" : "last";
        this.traces[this.index.last].meta.paint = paint;
        const colours = this.colour(paint);
        window.Plotly.restyle(this.plot, { x: [[trace.x[k]]], y: [[trace.y[k]]],
          text: [[voda.number(trace.y[k], digits)]], ...colours }, [this.index.last]);
      }
      this.makeRoom(trace.y);
      this.place();
    }

    /** A value beyond a fixed axis makes it longer, by enough for a while: the most unusual water must not be cut off. */
    makeRoom(values) {
      const axis = this.plot._fullLayout.yaxis;
      if (!axis || axis.autorange === true) return;
      const [bottom, top] = axis.range;
      const known = values.filter((value) => value !== null);
      const high = Math.max(...known);
      const low = Math.min(...known);
      const room = 0.15 * (Math.max(high, top) - Math.min(low, bottom));
      const range = [low < bottom ? low - room : bottom, high > top ? high + room : top];
      if (range[0] !== bottom || range[1] !== top) window.Plotly.relayout(this.plot, { "yaxis.range": range });
    }

    bandAt(at) {
      const lower = this.traces[this.index["band-lower"]];
      const upper = this.traces[this.index["band-upper"]];
      if (!lower || !upper) return null;
      return voda.between(lower.x, lower.y, upper.y, at);
    }

    /* ---- over the chart: now, stale, cross-hair ---- */
    axes() {
      const layout = this.plot._fullLayout;
      return layout && layout.xaxis && layout.xaxis.type === "date" && layout.yaxis ? layout : null;
    }

    place() {
      const layout = this.axes();
      if (!layout || !this.traces) return;
      const { l, t } = layout._size;
      const { w, h } = layout._size;
      const now = voda.now ? voda.local(voda.now()) : null;
      const marks = [];
      const at = now === null ? null : layout.xaxis.d2p(now);
      if (at !== null && at >= 0 && at <= w && (layout.meta || {}).now !== false) {
        const room = w - at > 64;
        marks.push(`<i class="now" style="left:${l + at}px;top:${t}px;height:${h}px"></i>`);
        if ((layout.meta || {}).say_now !== false) {
          marks.push(`<span class="now-word minor${room ? "" : " before"}" style="left:${l + at}px;top:${t}px">` +
            voda.say("now {time}", { time: voda.clock(now) }) + "</span>");
        }
      }
      marks.push(this.staleMark(layout, now));
      this.over.innerHTML = marks.join("");
    }

    staleMark(layout, now) {
      if (this.observed === null || now === null) return "";
      const trace = this.traces[this.observed];
      const limit = trace.meta.stale_s;
      let k = trace.x.length - 1;
      while (k >= 0 && trace.y[k] === null) k -= 1;
      const stale = Boolean(limit) && k >= 0 && now - voda.ms(trace.x[k]) > limit * 1000;
      if (stale !== Boolean(this.stale)) {
        this.stale = stale;
        this.frame.classList.toggle("stopped", stale);
        window.Plotly.restyle(this.plot, this.colour(stale ? "stale" : "observed"), [this.observed]);
      }
      if (!stale) return "";
      const since = voda.ms(trace.x[k]);
      const { l, t, w, h } = layout._size;
      const from = Math.max(0, layout.xaxis.d2p(since));
      const to = Math.min(w, layout.xaxis.d2p(now));
      const day = new Date(since).toISOString().slice(0, 10) === new Date(now).toISOString().slice(0, 10);
      const date = new Date(since);
      const time = (day ? "" : `${date.getUTCDate()}. ${date.getUTCMonth() + 1}. `) + voda.clock(since);
      const words = voda.say("no data since {time}", { time });
      if (to <= from) return "";
      return `<i class="nodata" style="left:${l + from}px;top:${t}px;width:${to - from}px;height:${h}px"></i>` +
        `<span class="nodata-word" style="left:${l + Math.min(Math.max((from + to) / 2, 60), w - 60)}px;` +
        `top:${t + h / 2}px">${words}</span>`;
    }

    /* ---- hover ---- */
    hover(x) {
      this.hovering = true;
      for (const chart of voda.charts) {
        if (chart === this || (this.props.group && chart.props.group === this.props.group)) chart.cross(x);
      }
    }

    leave() {
      this.hovering = false;
      for (const chart of voda.charts) {
        if (chart === this || (this.props.group && chart.props.group === this.props.group)) chart.cross(null);
      }
    }

    cross(x) {
      let line = this.frame.querySelector(".cross");
      const readout = this.props.header && document.getElementById(this.props.header);
      const layout = this.axes();
      if (x === null || !layout || this.observed === null) {
        if (line) line.remove();
        if (readout) readout.textContent = "";
        return;
      }
      const trace = this.traces[this.observed];
      const k = voda.nearest(trace.x, voda.ms(x));
      if (k < 0) return;
      if (!line) {
        line = this.frame.appendChild(document.createElement("i"));
        line.className = "cross";
      }
      const { l, t, h } = layout._size;
      line.style.cssText = `left:${l + layout.xaxis.d2p(trace.x[k])}px;top:${t}px;height:${h}px`;
      if (readout) readout.textContent = this.words(trace, k);
      this.at = k;
    }

    words(trace, k) {
      const at = voda.ms(trace.x[k]);
      const date = new Date(at);
      const day = voda.page.shortDays[date.getUTCDay()];
      const when = trace.meta.daily
        ? `${day} ${date.getUTCDate()}. ${date.getUTCMonth() + 1}.`
        : `${day} ${date.getUTCDate()}. ${date.getUTCMonth() + 1}. ${voda.clock(at)}`;
      if (trace.y[k] === null) return when;
      const digits = trace.meta.digits ?? 1;
      const value = voda.number(trace.y[k], digits) + (trace.meta.unit ? "\u00a0" + trace.meta.unit : "");
      const band = this.bandAt(at);
      if (!band) return `${when}  ${value}`;
      const range = `${voda.number(band[0], digits)}–${voda.number(band[1], digits)}`;
      return `${when}  ${value} (${voda.say("expected {range}", { range })})`;
    }

    step(event) {
      if (!["ArrowLeft", "ArrowRight", "Escape"].includes(event.key) || this.observed === null) return;
      if (event.key === "Escape") { this.leave(); return; }
      event.preventDefault();
      const trace = this.traces[this.observed];
      const from = this.at === undefined ? trace.x.length - 1 : this.at;
      const to = Math.min(trace.x.length - 1, Math.max(0, from + (event.key === "ArrowLeft" ? -1 : 1)));
      this.at = to;
      this.hover(trace.x[to]);
    }

    /* ---- zoom: one range for the page, in its address ---- */
    moved(change) {
      if (this.following) return;
      const range = change["xaxis.range[0]"] !== undefined
        ? [change["xaxis.range[0]"], change["xaxis.range[1]"]] : change["xaxis.range"];
      const reset = change["xaxis.autorange"] || (range && this.home && String(range) === String(this.home));
      if (!range && !reset) return;
      this.zoomed = !reset;
      const params = new URLSearchParams(location.search);
      if (reset) { params.delete("from"); params.delete("to"); } else {
        params.set("from", new Date(voda.ms(range[0])).toISOString().slice(0, 16));
        params.set("to", new Date(voda.ms(range[1])).toISOString().slice(0, 16));
      }
      history.replaceState(history.state, "", location.pathname + (params.toString() ? "?" + params : ""));
      if (!this.props.group) return;
      for (const chart of voda.charts) {
        if (chart === this || chart.props.group !== this.props.group) continue;
        chart.following = true;
        chart.zoomed = this.zoomed;
        const to = reset ? chart.home : range;
        Promise.resolve(to && window.Plotly.relayout(chart.plot, { "xaxis.range": [...to] }))
          .finally(() => { chart.following = false; });
      }
    }

    /** Axes advance in whole steps, and stand still while someone looks closely. */
    advance(nowLocal) {
      const step = ((this.plot.layout.meta || {}).step_s || 0) * 1000;
      if (!step || !this.home || this.zoomed || this.hovering) return;
      const [from, to] = this.home.map(voda.ms);
      if (nowLocal < from + (to - from) * 0.96) return;
      const text = (ms) => new Date(ms).toISOString().slice(0, 19);
      this.home = [text(from + step), text(to + step)];
      this.following = true;
      window.Plotly.relayout(this.plot, { "xaxis.range": [...this.home] }).finally(() => { this.following = false; });
    }

    remove() {
      voda.charts.delete(this);
      window.Plotly.purge(this.plot);
      this.frame.replaceChildren();
    }
  }
  voda.LiveChart = LiveChart;

  /** Index of the point nearest in time. */
  voda.nearest = (xs, at) => {
    let low = 0;
    let high = xs.length - 1;
    if (high < 0) return -1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (voda.ms(xs[middle]) < at) low = middle + 1; else high = middle;
    }
    return low > 0 && at - voda.ms(xs[low - 1]) < voda.ms(xs[low]) - at ? low - 1 : low;
  };

  /** Both edges of a band at a time, between its points; null outside of it. */
  voda.between = (xs, lower, upper, at) => {
    if (!xs.length || at < voda.ms(xs[0]) || at > voda.ms(xs[xs.length - 1])) return null;
    let low = 0;
    let high = xs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (voda.ms(xs[middle]) < at) low = middle + 1; else high = middle;
    }
    if (low === 0) return lower[0] === null ? null : [lower[0], upper[0]];
    const values = [lower[low - 1], lower[low], upper[low - 1], upper[low]];
    if (values.includes(null)) return null;
    const before = voda.ms(xs[low - 1]);
    const share = (at - before) / (voda.ms(xs[low]) - before || 1);
    return [values[0] + share * (values[1] - values[0]), values[2] + share * (values[3] - values[2])];
  };

  /** The area between the observed line and the band it left; one closed shape a run (as figures/outside.py does). */
  voda.outside = (trace, lower, upper, below) => {
    const shape = { x: [], y: [] };
    let run = [];
    const close = () => {
      if (run.length > 1) {
        if (shape.x.length) { shape.x.push(null); shape.y.push(null); }
        run.forEach((p) => { shape.x.push(p[0]); shape.y.push(p[1]); });
        [...run].reverse().forEach((p) => { shape.x.push(p[0]); shape.y.push(p[2]); });
        shape.x.push(run[0][0]); shape.y.push(run[0][1]);
      }
      run = [];
    };
    trace.x.forEach((x, k) => {
      const band = trace.y[k] === null ? null : voda.between(lower.x, lower.y, upper.y, voda.ms(x));
      const edge = band && (below ? (trace.y[k] < band[0] ? band[0] : null) : trace.y[k] > band[1] ? band[1] : null);
      if (edge === null || edge === undefined) close(); else run.push([x, trace.y[k], edge]);
    });
    close();
    return shape;
  };
})();
