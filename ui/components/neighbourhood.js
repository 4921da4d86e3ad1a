// What an entity is joined to: the entity, its relations, and who is at their other end, in columns.
const HIGH = 24, STEP = 28, MARGIN = 12, SIZE = 12, CLOSED = "  +", OPENED = "  −";

export default keeping(".neighbourhood", open);

function open(root, data, component) {
  root.innerHTML = `
    <div class="tools">
      <button type="button" data-do="open">Open all</button>
      <button type="button" data-do="fold">Fold all</button>
      <button type="button" data-do="png">Save PNG</button>
      <span class="said" role="status"></span>
    </div>
    <div class="picture"><div class="graph" role="img"></div><div class="hint"></div></div>`;
  root.classList.add("drawn");
  const find = (selector) => root.querySelector(selector);
  const graph = find(".graph"), turned = new Set(data.turned);
  graph.setAttribute("aria-label", data.label);
  const cy = still(graph, elements(data));
  const isOpen = (group) => group.open !== turned.has(group.side);

  function place() {
    const width = find(".picture").clientWidth;
    if (!width) return;
    const narrow = width < 480, { font } = colours(root);
    const across = narrow ? [width * 0.6, width * 0.72, width * 0.72]
      : [Math.min(150, width * 0.24), Math.min(210, width * 0.3), Math.min(230, width * 0.33)];
    const left = narrow ? [MARGIN, MARGIN + 22, MARGIN + 44]
      : [MARGIN, (MARGIN + across[0] + width - MARGIN - across[2] - across[1]) / 2, width - MARGIN - across[2]];
    const set = (id, level, row, name, most) => {
      const node = cy.getElementById(id), lines = wrapped(name, across[level] - 14, most, SIZE, font);
      node.style({
        width: across[level], height: Math.max(HIGH, lines.length * 15 + 10), label: lines.join("\n"),
        display: "element",
      });
      node.position({ x: left[level] + across[level] / 2, y: MARGIN + HIGH / 2 + row * STEP });
    };
    let row = narrow ? 1.4 : 0, shown = 0;
    cy.batch(() => {
      cy.elements().style("display", "none");
      data.groups.forEach((group, g) => {
        const parts = isOpen(group) ? members(group, g) : [], first = row;
        const mark = isOpen(group) ? OPENED : CLOSED;
        if (narrow) row += 1;
        for (const part of parts) set(part.id, 2, row++, part.name, 1);
        shown += parts.length - (parts.length && group.more ? 1 : 0);
        const at = narrow ? first : parts.length ? (first + row - 1) / 2 : row++;
        set(`g${g}`, 1, at, `${group.words} · ${group.facts.toLocaleString("en")}${mark}`, narrow ? 1 : 2);
        row += parts.length || !narrow ? 0.35 : 0;
      });
      if (data.leftOut) set("others", 1, row++, `${data.leftOut} more relations`, 1);
      set("root", 0, narrow ? 0 : (row - 1.35) / 2, data.name, narrow ? 2 : 4);
      graph.style.height = `${Math.max(2, row) * STEP + 2 * MARGIN}px`;
      cy.edges().style("display", "element");
    });
    cy.resize();
    cy.batch(() => cy.edges().forEach((e) => {
      const a = e.source(), b = e.target(), half = a.width() / 2;
      const from = narrow ? { x: a.position().x - half + 10, y: a.position().y } : a.position();
      const x = narrow ? from.x : (a.position().x + half + b.position().x - b.width() / 2) / 2;
      const points = narrow ? [{ x, y: b.position().y }] : [{ x, y: a.position().y }, { x, y: b.position().y }];
      e.style({
        ...past(e, points, "segment"),
        "source-endpoint": narrow ? `${10 - half}px ${a.height() / 2}px` : `${half}px 0px`,
        "target-endpoint": `${-b.width() / 2}px 0px`,
      });
    }));
    cy.zoom(1);
    cy.pan({ x: 0, y: 0 });
    const all = data.groups.reduce((sum, group) => sum + group.facts, 0);
    find(".said").textContent = `${shown} of ${all.toLocaleString("en")} shown`;
  }

  function turn(change) {
    change();
    place();
    component.setStateValue("turned", [...turned].sort());
  }

  const all = (wanted) => turn(() => data.groups.forEach((group) => {
    if (group.open === wanted) turned.delete(group.side);
    else turned.add(group.side);
  }));

  hinting(cy, find(".hint"), graph);
  cy.on("mouseover", "node[?does]", () => graph.classList.add("pointing"));
  cy.on("mouseout", "node", () => graph.classList.remove("pointing"));
  cy.on("tap", "node[?entity]", (event) => component.setTriggerValue("go", { entity: event.target.data("entity") }));
  cy.on("tap", "node[?rest]", (event) => component.setTriggerValue("go", { side: event.target.data("rest") }));
  cy.on("tap", "node[?group]", (event) => turn(() => {
    const side = event.target.data("group");
    if (!turned.delete(side)) turned.add(side);
  }));
  find('[data-do="open"]').addEventListener("click", () => all(true));
  find('[data-do="fold"]').addEventListener("click", () => all(false));
  find('[data-do="png"]').addEventListener("click", () => savePng(cy, root, "neighbourhood"));
  const observer = new ResizeObserver(place);
  observer.observe(find(".picture"));
  root.picture = cy; // what stands where, for tests
  return {
    signature: data.signature,
    recolour() {
      cy.style(look(colours(root)));
      place();
    },
    close() { observer.disconnect(); cy.destroy(); },
  };
}

function members(group, g) {
  const parts = group.nodes.map((n, i) => ({ id: `n${g}.${i}`, name: n.name }));
  return group.more ? [...parts, { id: `m${g}`, name: `${group.more.toLocaleString("en")} more` }] : parts;
}

function elements(data) {
  const nodes = [{ data: { id: "root", colour: data.colour, hover: data.name, centre: true } }], edges = [];
  const join = (source, target) => edges.push({ data: { id: `${source}>${target}`, source, target } });
  data.groups.forEach((group, g) => {
    nodes.push({ data: { id: `g${g}`, group: group.side, does: true, hover: "click to fold or open" } });
    join("root", `g${g}`);
    group.nodes.forEach((n, i) => {
      nodes.push({ data: { ...n, id: `n${g}.${i}`, entity: n.id, does: true } });
      join(`g${g}`, `n${g}.${i}`);
    });
    if (group.more) {
      nodes.push({ data: { id: `m${g}`, rest: group.side, does: true, hover: "click to see them in the table" } });
      join(`g${g}`, `m${g}`);
    }
  });
  if (data.leftOut) {
    nodes.push({ data: { id: "others", hover: "in the table" } });
    join("root", "others");
  }
  return [...nodes, ...edges];
}

function look({ text, background, second, line, font }) {
  return [
    { selector: "node", style: {
      shape: "round-rectangle", "background-color": second, "border-width": 0, color: text,
      "font-size": SIZE, "font-family": font, "text-valign": "center", "text-halign": "center",
      "text-wrap": "wrap",
    } },
    { selector: "node[colour]", style: {
      "background-color": background, "border-width": 2, "border-color": "data(colour)",
    } },
    { selector: "node[?centre]", style: { "border-width": 4, "font-weight": "bold" } },
    { selector: "node[?rest]", style: { "background-opacity": 0 } },
    { selector: "edge", style: {
      width: 1.5, "line-color": line, "curve-style": "segments", "edge-distances": "node-position",
    } },
  ];
}
