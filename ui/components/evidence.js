// Evidence in lanes and as a table, linked both ways: what one hides, solos or selects, the other shows.
const SKELETON = `
  <div class="tools">
    <label title="Share of the heaviest path's weight">Lightest path shown
      <input type="range" min="0" max="1" step="0.01"><output></output></label>
    <button type="button" data-do="all">Show all</button>
    <button type="button" data-do="png">Save PNG</button>
    <span class="said" role="status"></span>
  </div>
  <div class="picture"><div class="graph" role="img"></div><div class="hint"></div></div>
  <div class="detail" aria-live="polite"></div>
  <table><thead><tr><th scope="col">#</th><th scope="col">Weight</th><th scope="col">Path</th>
    <th scope="col">Show</th><th scope="col">Alone</th></tr></thead><tbody></tbody></table>`;

const LANE = 74, MARGIN = 14, BOX = 38;
const instances = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  let instance = instances.get(parentElement);
  if (!instance || instance.signature !== data.signature) {
    instance?.close();
    instance = open(parentElement.querySelector(".evidence"), data, (view) => setStateValue("view", view));
    instances.set(parentElement, instance);
  }
  instance.recolour();
}

function open(root, data, tell) {
  root.innerHTML = SKELETON;
  const find = (selector) => root.querySelector(selector);
  const view = { hidden: [], solo: null, least: 0, selected: null, ...data.view };
  const graph = find(".graph"), hint = find(".hint"), detail = find(".detail"), range = find("input");
  graph.setAttribute("aria-label", data.label);
  graph.style.height = `${Math.max(1, data.paths.length) * LANE + 2 * MARGIN}px`;
  range.value = view.least;
  let timer = null;

  const cy = cytoscape({
    container: graph, elements: elements(data), layout: { name: "preset" }, autoungrabify: true,
    userZoomingEnabled: false, userPanningEnabled: false, boxSelectionEnabled: false,
  });
  const rows = data.paths.map((path, i) => row(path, i));
  find("tbody").append(...rows);

  const shown = (i) => view.solo !== null ? view.solo === i
    : !view.hidden.includes(i) && data.paths[i].share >= view.least;
  const changed = (next) => {
    Object.assign(view, next);
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => tell({ ...view }), 200);
  };

  function row(path, i) {
    const tr = document.createElement("tr");
    const cell = (className, ...inside) => {
      const td = document.createElement("td");
      td.className = className;
      td.append(...inside);
      tr.append(td);
    };
    const button = (text, title, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.title = title;
      made.addEventListener("click", act);
      return made;
    };
    const bar = document.createElement("span"), box = document.createElement("input");
    bar.style.width = `${Math.round(4 + 46 * path.share)}px`;
    box.type = "checkbox";
    box.setAttribute("aria-label", `show path ${i + 1}`);
    box.addEventListener("change", () => changed({
      solo: null, hidden: box.checked ? view.hidden.filter((n) => n !== i) : [...view.hidden, i],
    }));
    cell("", String(i + 1));
    cell("weight", bar, path.said);
    cell("chain", button(path.text, "Select this path", () => changed({
      selected: view.selected === i ? null : i,
    })));
    cell("", box);
    cell("", button("Solo", `Only path ${i + 1}`, () => changed({ solo: view.solo === i ? null : i })));
    return tr;
  }

  function draw() {
    const count = data.paths.filter((_, i) => shown(i)).length;
    cy.batch(() => {
      cy.edges().forEach((e) => {
        e.style("display", shown(e.data("path")) ? "element" : "none");
        e.toggleClass("chosen", view.selected === e.data("path"));
        e.toggleClass("faint", view.selected !== null && view.selected !== e.data("path"));
      });
      cy.nodes().forEach((n) => n.style("display", n.data("paths").some(shown) ? "element" : "none"));
    });
    rows.forEach((tr, i) => {
      tr.className = `${shown(i) ? "" : "off"} ${view.selected === i ? "chosen" : ""}`;
      tr.querySelector("input").checked = shown(i);
      tr.querySelector("td.chain button").setAttribute("aria-pressed", String(view.selected === i));
      tr.querySelector("td:last-child button").setAttribute("aria-pressed", String(view.solo === i));
    });
    find("output").textContent = `${Math.round(100 * view.least)} %`;
    find(".said").textContent = `${count} of ${data.paths.length} paths` +
      (data.leftOut ? `; ${data.leftOut} more are not drawn` : "");
    if (view.selected !== null) describe(data.paths[view.selected]);
    else detail.textContent = count ? "Select a path, or a fact in the picture, to see what it rests on."
      : "No path is heavy enough; move the slider to the left.";
  }

  function describe(path) {
    const list = document.createElement("ol");
    for (const fact of path.facts) {
      const item = document.createElement("li"), from = document.createElement("span");
      from.className = "source";
      from.textContent = ` · ${fact.sources.length ? fact.sources.join(", ") : "no source given"}`;
      item.append(link(fact.head), ` — ${fact.relation} → `, link(fact.tail), from);
      list.append(item);
    }
    detail.replaceChildren(list);
  }

  function link(end) {
    const a = document.createElement("a");
    a.href = end.href;
    a.target = "_self";
    a.textContent = end.name;
    return a;
  }

  function place() {
    const width = graph.clientWidth;
    if (!width) return;
    const box = Math.min(170, (width - 2 * MARGIN) / (data.columns + 1) * 0.66);
    const middle = MARGIN + data.paths.length * LANE / 2;
    cy.resize();
    cy.batch(() => cy.nodes().forEach((n) => {
      const lane = n.data("lane");
      n.style({ width: box, "text-max-width": box - 14 });
      n.position({
        x: MARGIN + box / 2 + n.data("at") * (width - 2 * MARGIN - box),
        y: lane === null ? middle : MARGIN + (lane + 0.5) * LANE,
      });
    }));
    cy.batch(() => cy.edges().forEach((e) => e.style(bent(e))));
    cy.zoom(1);
    cy.pan({ x: 0, y: 0 });
  }

  // A path keeps to its lane until it is near the ends: no edge runs behind another path's entity.
  function bent(e) {
    const a = e.source().position(), b = e.target().position(), level = MARGIN + (e.data("path") + 0.5) * LANE;
    const length = Math.hypot(b.x - a.x, b.y - a.y), u = { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
    const turns = [];
    if (e.source().data("end")) turns.push({ x: a.x + 0.3 * (b.x - a.x), y: level });
    if (e.target().data("end")) turns.push({ x: b.x - 0.3 * (b.x - a.x), y: level });
    const parts = turns.map((t) => ({ x: t.x - a.x, y: t.y - a.y }));
    return {
      "control-point-weights": parts.map((t) => (t.x * u.x + t.y * u.y) / length).join(" ") || "0.5",
      "control-point-distances": parts.map((t) => t.y * u.x - t.x * u.y).join(" ") || "0",
    };
  }

  function recolour() {
    const css = getComputedStyle(root), colour = (name) => css.getPropertyValue(name).trim();
    cy.style(look(colour("--st-text-color"), colour("--st-background-color"), colour("--st-primary-color")));
    place();
    draw();
  }

  cy.on("mouseover", "node, edge", (event) => {
    const { hover } = event.target.data(), at = event.renderedPosition;
    hint.textContent = hover;
    hint.style.display = "block";
    hint.style.left = `${Math.min(at.x + 12, Math.max(0, graph.clientWidth - 260))}px`;
    hint.style.top = `${at.y + 14}px`;
  });
  cy.on("mouseout", "node, edge", () => { hint.style.display = "none"; });
  cy.on("tap", "edge", (event) => changed({ selected: event.target.data("path") }));
  cy.on("tap", "node", (event) => changed({ selected: event.target.data("paths").find(shown) ?? null }));
  range.addEventListener("input", () => changed({ least: Number(range.value), solo: null }));
  find('[data-do="all"]').addEventListener("click", () => {
    range.value = 0;
    changed({ hidden: [], solo: null, least: 0, selected: null });
  });
  find('[data-do="png"]').addEventListener("click", () => {
    const a = document.createElement("a");
    const background = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
    a.href = cy.png({ full: true, scale: 2, bg: background });
    a.download = "evidence.png";
    a.click();
  });
  const observer = new ResizeObserver(place);
  observer.observe(graph);
  return {
    signature: data.signature, recolour,
    close() { observer.disconnect(); clearTimeout(timer); cy.destroy(); },
  };
}

function elements(data) {
  return [
    ...data.nodes.map((n) => ({ data: n })),
    ...data.edges.map((e) => ({ data: e, classes: e.forwards ? "forwards" : "backwards" })),
  ];
}

function look(text, background, primary) {
  const arrow = { "arrow-scale": 0.9 };
  return [
    { selector: "node", style: {
      shape: "round-rectangle", height: BOX, "background-color": background, "border-width": 2.5,
      "border-color": "data(colour)", label: "data(name)", color: text, "font-size": 12.5,
      "text-valign": "center", "text-halign": "center", "text-wrap": "ellipsis",
    } },
    { selector: "node[?end]", style: { "border-width": 4, "font-weight": "bold" } },
    { selector: "edge", style: {
      width: "data(width)", "line-color": "#8a94a0", "curve-style": "unbundled-bezier",
      "edge-distances": "node-position", label: "data(relation)",
      "font-size": 11, color: text, "text-background-color": background, "text-background-opacity": 0.85,
      "text-background-padding": 2, "text-wrap": "ellipsis", "text-max-width": 130,
      "target-arrow-color": "#8a94a0", "source-arrow-color": "#8a94a0", ...arrow,
    } },
    { selector: ".forwards", style: { "target-arrow-shape": "triangle" } },
    { selector: ".backwards", style: { "source-arrow-shape": "triangle" } },
    { selector: ".faint", style: { opacity: 0.35 } },
    { selector: ".chosen", style: {
      "line-color": primary, "target-arrow-color": primary, "source-arrow-color": primary, "z-index": 9,
    } },
  ];
}
