// Evidence as a picture and as a table, linked both ways: what one hides, solos or selects, the other shows.
const SKELETON = `
  <div class="tools">
    <label title="Share of the heaviest path's weight">Lightest path shown
      <input type="range" min="0" max="1" step="0.01"><output></output></label>
    <label title="Each path in a lane of its own; otherwise what several paths share is drawn once">
      <input type="checkbox" data-do="apart">Paths apart</label>
    <button type="button" data-do="all">Show all</button>
    <button type="button" data-do="png">Save PNG</button>
    <span class="said" role="status"></span>
  </div>
  <div class="picture"><div class="graph" role="img"></div><div class="hint"></div></div>
  <div class="detail" aria-live="polite"></div>
  <table><thead><tr><th scope="col">#</th><th scope="col">Weight</th><th scope="col">Path</th>
    <th scope="col">Show</th><th scope="col">Alone</th></tr></thead><tbody></tbody></table>`;

const ROW = 76, LEVEL = 128, MARGIN = 14, LINE = 16, SIZE = 12.5, LANE = 106;

export default keeping(".evidence", open);

function open(root, data, component) {
  root.innerHTML = SKELETON;
  root.classList.add("drawn");
  const find = (selector) => root.querySelector(selector);
  const view = { hidden: [], solo: null, least: 0, selected: null, apart: false, ...data.view };
  const graph = find(".graph"), hint = find(".hint"), detail = find(".detail");
  const range = find('[type="range"]'), apart = find('[data-do="apart"]');
  graph.setAttribute("aria-label", data.label);
  range.value = view.least;
  apart.checked = view.apart;
  let timer = null;

  const layout = () => data.layouts[view.apart ? "apart" : "together"];
  const cy = still(graph, elements(layout()));
  const rows = data.paths.map((path, i) => row(path, i));
  find("tbody").append(...rows);
  for (const part of root.querySelectorAll("th:nth-child(2)")) part.title = data.explained.weight;

  const shown = (i) => view.solo !== null ? view.solo === i
    : !view.hidden.includes(i) && data.paths[i].share >= view.least;
  const changed = (next) => {
    Object.assign(view, next);
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => component.setStateValue("view", { ...view }), 200);
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
    if (path.rule) {
      const rule = document.createElement("div");
      rule.className = "rule";
      rule.textContent = path.rule;
      rule.title = data.explained.rule;
      tr.lastChild.append(rule);
    }
    cell("", box);
    cell("", button("Solo", `Only path ${i + 1}`, () => changed({ solo: view.solo === i ? null : i })));
    return tr;
  }

  function draw() {
    const count = data.paths.filter((_, i) => shown(i)).length;
    cy.batch(() => {
      cy.edges().forEach((e) => {
        const here = e.data("paths").filter(shown);
        e.style("display", here.length ? "element" : "none");
        e.style("width", 1.5 + 6 * Math.max(0, ...here.map((i) => data.paths[i].share)));
        e.toggleClass("chosen", e.data("paths").includes(view.selected));
        e.toggleClass("faint", view.selected !== null && !e.data("paths").includes(view.selected));
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
      item.append(link(fact.head), ` ${fact.between} `, link(fact.tail), from);
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

  // Columns run from left to right; on a narrow screen downwards, and rows become lanes beside each other.
  function place() {
    const width = find(".picture").clientWidth;
    if (!width) return;
    const { columns, rows: count } = layout(), down = width < NARROW;
    const lane = Math.max(LANE, (width - 2 * MARGIN) / count);
    const wide = down ? Math.max(width, count * lane + 2 * MARGIN) : width;
    const box = down ? Math.min(150, lane - 12)
      : Math.min(190, ((width - 2 * MARGIN) / (columns + 1)) * 0.52);
    const pitch = (wide - 2 * MARGIN - box) / columns;
    const at = (column, row) => down
      ? { x: MARGIN + (wide - 2 * MARGIN) * ((row + 0.5) / count), y: MARGIN + 34 + column * LEVEL }
      : { x: MARGIN + box / 2 + column * pitch, y: MARGIN + (row + 0.5) * ROW };
    graph.style.width = `${wide}px`;
    graph.style.height = `${down ? 2 * MARGIN + 68 + columns * LEVEL : Math.max(1, count) * ROW + 2 * MARGIN}px`;
    graph.dataset.runs = down ? "downwards" : "rightwards";
    const { font } = colours(root);
    cy.resize();
    cy.batch(() => cy.nodes().forEach((n) => {
      const across = n.data("end") && down ? Math.min(wide - 2 * MARGIN, 220) : box;
      const said = wrapped(n.data("name"), across - 16, down ? 4 : 3, SIZE, font);
      n.style({ width: across, height: Math.max(36, said.length * LINE + 12), label: said.join("\n") });
      n.position(at(...n.data("place")));
    }));
    cy.batch(() => cy.edges().forEach((e) => {
      const { bends, aside, near, words } = e.data();
      const off = aside * (down ? 40 : 22), push = (p) => down ? { x: p.x + off, y: p.y } : { x: p.x, y: p.y + off };
      const a = e.source().position(), b = e.target().position();
      const points = bends.map((p) => push(at(...p)));
      const far = 2 * off;
      if (off && !points.length) {
        points.push({ x: (a.x + b.x) / 2 + (down ? far : 0), y: (a.y + b.y) / 2 + (down ? 0 : far) });
      }
      const gap = down ? LEVEL - (e.source().height() + e.target().height()) / 2 : pitch - box;
      const room = down ? lane - 14 : 2 * Math.min(near, 1 - near) * gap - 10;
      const label = wrapped(words, room, 3, 11, font).join("\n"), middle = near === 0.5;
      e.style({
        ...past(e, points, "control-point"), "text-max-width": room, label: middle ? label : "",
        "source-label": middle ? "" : label, "source-text-offset": Math.max(12, near * gap),
      });
    }));
    cy.zoom(1);
    cy.pan({ x: 0, y: 0 });
    if (wide > width && !find(".picture").scrollLeft) find(".picture").scrollLeft = (wide - width) / 2;
  }

  function recolour() {
    cy.style(look(colours(root)));
    place();
    draw();
  }

  hinting(cy, hint, graph);
  cy.on("tap", "node, edge", (event) => changed({ selected: event.target.data("paths").find(shown) ?? null }));
  range.addEventListener("input", () => changed({ least: Number(range.value), solo: null }));
  apart.addEventListener("change", () => {
    view.apart = apart.checked;
    cy.elements().remove();
    cy.add(elements(layout()));
    place();
    changed({});
  });
  find('[data-do="all"]').addEventListener("click", () => {
    range.value = 0;
    changed({ hidden: [], solo: null, least: 0, selected: null });
  });
  find('[data-do="png"]').addEventListener("click", () => savePng(cy, root, "evidence"));
  const observer = new ResizeObserver(place);
  observer.observe(find(".picture"));
  root.picture = cy; // what stands where, for tests
  return {
    signature: data.signature, recolour,
    close() { observer.disconnect(); clearTimeout(timer); cy.destroy(); },
  };
}

function elements(layout) {
  return [
    ...layout.nodes.map((n) => ({ data: n })),
    ...layout.edges.map((e) => ({ data: e, classes: e.arrow })),
  ];
}

function look({ text, background, primary, line, font }) {
  return [
    { selector: "node", style: {
      shape: "round-rectangle", "background-color": background, "border-width": 2.5,
      "border-color": "data(colour)", color: text, "font-size": SIZE, "font-family": font,
      "text-valign": "center", "text-halign": "center", "text-wrap": "wrap",
    } },
    { selector: "node[?end]", style: { "border-width": 4, "font-weight": "bold" } },
    { selector: "node[?shared]", style: { "border-width": 4 } },
    { selector: "edge", style: {
      "line-color": line, "curve-style": "unbundled-bezier", "edge-distances": "node-position",
      "font-size": 11, "font-family": font, color: text, "text-background-color": background,
      "text-background-opacity": 0.9, "text-background-padding": 2, "text-wrap": "wrap",
      "target-arrow-color": line, "source-arrow-color": line, "arrow-scale": 0.9,
    } },
    { selector: ".forwards", style: { "target-arrow-shape": "triangle" } },
    { selector: ".backwards", style: { "source-arrow-shape": "triangle" } },
    { selector: ".faint", style: { opacity: 0.35 } },
    { selector: ".chosen", style: {
      "line-color": primary, "target-arrow-color": primary, "source-arrow-color": primary, "z-index": 9,
    } },
  ];
}
