// What our pictures share: the theme's colours, names that fit their boxes, lines past given points, hints.
const NARROW = 560;
const pen = document.createElement("canvas").getContext("2d");

function colours(root) {
  const css = getComputedStyle(root), read = (name) => css.getPropertyValue(name).trim();
  return {
    text: read("--st-text-color"), background: read("--st-background-color"),
    second: read("--st-secondary-background-color"), primary: read("--st-primary-color"),
    line: "#8a94a0", font: read("--st-font") || "sans-serif",
  };
}

// A text in lines no wider than `width` pixels, at most `most` of them; what is left out leaves an ellipsis.
function wrapped(text, width, most, size, font) {
  pen.font = `${size}px ${font}`;
  const fits = (part) => pen.measureText(part).width <= width;
  const lines = [""];
  for (let word of text.split(/\s+/)) {
    const joined = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (fits(joined)) {
      lines[lines.length - 1] = joined;
      continue;
    }
    if (lines.at(-1)) lines.push("");
    while (word && !fits(word)) {
      let end = word.length - 1;
      while (end > 1 && !fits(word.slice(0, end))) end -= 1;
      lines[lines.length - 1] = word.slice(0, end);
      lines.push("");
      word = word.slice(end);
      if (lines.length > most + 1) break;
    }
    lines[lines.length - 1] = word;
    if (lines.length > most + 1) break;
  }
  const kept = lines.filter((line) => line);
  if (kept.length <= most) return kept;
  let last = kept[most - 1];
  while (last && !fits(`${last}…`)) last = last.slice(0, -1);
  return [...kept.slice(0, most - 1), `${last}…`];
}

// Points as Cytoscape wants them: a share of the way between the two nodes, and a distance from it.
function past(edge, points, kind) {
  const a = edge.source().position(), b = edge.target().position();
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1, u = { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
  const parts = points.map((p) => ({ x: p.x - a.x, y: p.y - a.y }));
  return {
    [`${kind}-weights`]: parts.map((t) => (t.x * u.x + t.y * u.y) / length).join(" ") || "0.5",
    [`${kind}-distances`]: parts.map((t) => t.y * u.x - t.x * u.y).join(" ") || "0",
  };
}

function savePng(cy, root, name) {
  const a = document.createElement("a");
  a.href = cy.png({ full: true, scale: 2, bg: colours(root).background });
  a.download = `${name}.png`;
  a.click();
}

function hinting(cy, hint, graph) {
  cy.on("mouseover", "node, edge", (event) => {
    const { hover } = event.target.data(), at = event.renderedPosition;
    if (!hover) return;
    hint.textContent = hover;
    hint.style.display = "block";
    hint.style.left = `${Math.min(at.x + 12, Math.max(0, graph.clientWidth - 260))}px`;
    hint.style.top = `${at.y + 14}px`;
  });
  cy.on("mouseout", "node, edge", () => { hint.style.display = "none"; });
}

// A picture that stays as it is placed. The library keeps where it is in the window and looks for scrolling no
// further than our shadow root: it has to look again whenever somebody points.
function still(container, elements) {
  const cy = cytoscape({
    container, elements, layout: { name: "preset" }, autoungrabify: true,
    userZoomingEnabled: false, userPanningEnabled: false, boxSelectionEnabled: false,
  });
  const again = () => cy.renderer()?.invalidateContainerClientCoordsCache();
  for (const pointing of ["mousemove", "mousedown", "touchstart"]) {
    container.addEventListener(pointing, again, { capture: true, passive: true });
  }
  return cy;
}

// One instance a place; `open` begins anew where what is drawn is another.
function keeping(selector, open) {
  const instances = new WeakMap();
  return (component) => {
    const { data, parentElement } = component;
    let instance = instances.get(parentElement);
    if (!instance || instance.signature !== data.signature) {
      instance?.close();
      instance = open(parentElement.querySelector(selector), data, component);
      instances.set(parentElement, instance);
    }
    instance.recolour();
  };
}
