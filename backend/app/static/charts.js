// Draws a chart above each table that asks for one. The table is the source: without this script it is all there is.
"use strict";
(() => {
  const ACCENT = "#0b6e7f";
  const NONE = "#f3dcc9";
  const SHADES = ["#d6ecee", "#9fd0d5", "#5aa9b3", "#0b6e7f", "#08404b"];
  const rightToLeft = document.documentElement.dir === "rtl";
  const maps = new Map();
  const LIBRARY = document.currentScript.dataset.library;
  let library = null;

  // More than all the rest of the page together: who asked the browser to save data has the tables alone.
  function loaded() {
    if (navigator.connection && navigator.connection.saveData) return Promise.reject(new Error("saves data"));
    library = library || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = LIBRARY;
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => {
        library = null;
        reject(new Error("not loaded"));
      });
      document.head.append(script);
    });
    return library;
  }

  function rows(place) {
    const table = document.getElementById(place.dataset.table);
    return [...table.querySelectorAll("tbody tr[data-x]")].map((row) => ({
      x: row.dataset.x,
      y: Number(row.dataset.y),
      name: row.dataset.name || row.querySelector("th").textContent.trim(),
    }));
  }

  // The drawing runs left to right whatever the page does, so a text that mixes digits and Arabic carries its direction.
  function isolated(text) {
    return rightToLeft ? `\u2067${text}\u2069` : text;
  }

  function shared(place) {
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      // Tooltips as HTML would need inline styles, which the content policy forbids.
      tooltip: { renderMode: "richText", confine: true },
      aria: { enabled: true, label: { description: place.dataset.label } },
    };
  }

  function bars(place) {
    const data = rows(place);
    return {
      ...shared(place),
      grid: { left: 8, right: 8, top: 16, bottom: 8, containLabel: true },
      xAxis: {
        type: "category",
        inverse: rightToLeft,
        data: data.map((row) => isolated(row.name)),
        axisLabel: { hideOverlap: true },
        axisTick: { show: false },
      },
      yAxis: { type: "value", minInterval: 1, position: rightToLeft ? "right" : "left" },
      tooltip: { renderMode: "richText", confine: true, trigger: "axis" },
      series: [{ type: "bar", name: place.dataset.label, data: data.map((row) => row.y), itemStyle: { color: ACCENT } }],
    };
  }

  async function register(place) {
    const name = place.dataset.map;
    if (!maps.has(name)) {
      maps.set(name, fetch(place.dataset.shapes, { headers: { Accept: "application/json" } }).then((answer) => {
        if (!answer.ok) throw new Error("no polygons");
        return answer.json();
      }));
    }
    const shapes = await maps.get(name);
    if (!shapes.features.length) return false;
    echarts.registerMap(name, shapes);
    return true;
  }

  // Steps of about equal numbers of areas, in whole interviews; areas without any have a colour of their own.
  function steps(values, noneLabel) {
    const some = values.filter((value) => value > 0).sort((a, b) => a - b);
    const pieces = [{ value: 0, label: noneLabel, color: NONE }];
    let low = 1;
    SHADES.forEach((color, index) => {
      const at = Math.ceil(((index + 1) / SHADES.length) * some.length) - 1;
      const high = some[at];
      if (high === undefined || high < low) return;
      pieces.push({ min: low, max: high, label: low === high ? String(low) : `${low}–${high}`, color });
      low = high + 1;
    });
    return pieces;
  }

  // The key to the colours is part of the page: it wraps on a phone and runs with the language.
  function showLegend(place, pieces) {
    const list = place.parentElement.querySelector("[data-legend]");
    list.replaceChildren(...pieces.map((piece) => {
      const item = document.createElement("li");
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.backgroundColor = piece.color;
      const label = document.createElement("bdi");
      label.textContent = piece.label;
      item.append(swatch, label);
      return item;
    }));
    list.hidden = false;
  }

  async function map(place) {
    if (!(await register(place))) return null;
    const data = rows(place);
    const names = new Map(data.map((row) => [row.x, row.name]));
    const pieces = steps(data.map((row) => row.y), place.dataset.none);
    showLegend(place, pieces);
    return {
      ...shared(place),
      tooltip: {
        renderMode: "richText",
        confine: true,
        formatter: (area) => isolated(`${names.get(area.name) || area.name}: ${area.value || 0}`),
      },
      visualMap: { type: "piecewise", show: false, pieces },
      series: [{
        type: "map",
        map: place.dataset.map,
        name: place.dataset.label,
        top: 8,
        bottom: 8,
        selectedMode: false,
        itemStyle: { borderColor: "#6b8590", areaColor: "#ffffff" },
        emphasis: { label: { show: false }, itemStyle: { areaColor: "#f2b134" } },
        label: { show: false },
        data: data.map((row) => ({ name: row.x, value: row.y })),
      }],
    };
  }

  const KINDS = { bars, map };

  async function draw(place) {
    let option;
    try {
      await loaded();
      option = await KINDS[place.dataset.chart](place);
    } catch {
      return;
    }
    if (!option || !place.isConnected) return;
    place.hidden = false;
    const chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option);
    const table = place.parentElement.querySelector("[data-close-when-drawn]");
    if (table && place.dataset.open !== "yes") table.open = false;
  }

  function drawAll(root) {
    root.querySelectorAll("[data-chart]").forEach((place) => draw(place));
  }

  function forget(root) {
    root.querySelectorAll("[data-chart]").forEach((place) => {
      const chart = window.echarts && echarts.getInstanceByDom(place);
      if (chart) chart.dispose();
    });
  }

  // Tables that the reader opened stay open when new figures arrive.
  let open = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "live" || event.detail.xhr.getResponseHeader("HX-Reswap") === "none") return;
    open = [...event.detail.target.querySelectorAll("[data-chart]")]
      .filter((place) => !place.hidden && place.parentElement.querySelector("details[open]"))
      .map((place) => place.dataset.table);
    forget(event.detail.target);
  });
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id !== "live") return;
    event.detail.elt.querySelectorAll("[data-chart]").forEach((place) => {
      if (open.includes(place.dataset.table)) place.dataset.open = "yes";
    });
    drawAll(event.detail.elt);
  });
  window.addEventListener("resize", () => {
    document.querySelectorAll("[data-chart]").forEach((place) => {
      const chart = window.echarts && echarts.getInstanceByDom(place);
      if (chart) chart.resize();
    });
  });
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
})();
