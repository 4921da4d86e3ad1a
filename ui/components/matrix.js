// Pairs of drugs: a matrix and a table of the same pairs, of which one is chosen.
export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".matrix");
  const made = (tag, text, attributes = {}) => {
    const node = document.createElement(tag);
    if (text !== null) node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
    return node;
  };
  const at = new Map(data.pairs.map((p) => [JSON.stringify([p.one, p.other].sort()), p]));
  const is = (p) => data.chosen.includes(p.one) && data.chosen.includes(p.other);
  const choose = (p) => {
    for (const b of root.querySelectorAll("[data-pair]")) b.setAttribute("aria-pressed", String(b.dataset.pair === p.id));
    component.setTriggerValue("go", [p.one, p.other]);
  };
  const button = (p, text, kind) => {
    const b = made("button", text, { type: "button", class: kind, "data-pair": p.id, "aria-pressed": is(p), title: p.hover });
    b.addEventListener("click", () => choose(p));
    return b;
  };
  const mark = (p) => {
    const box = made("span", p.state === "known" ? "✓" : p.state === "unsaid" ? "?" : "", { class: `mark ${p.state}` });
    box.style.setProperty("--type", p.colour);
    box.style.setProperty("--size", `${p.size}px`);
    return box;
  };

  const grid = made("table", null, { class: "grid", "aria-label": data.label });
  const top = grid.createTHead().insertRow();
  top.append(made("td", ""));
  for (const d of data.drugs.slice(0, -1)) {
    const head = made("th", null, { scope: "col", title: d.name });
    head.append(made("span", d.name));
    top.append(head);
  }
  const body = grid.createTBody();
  data.drugs.slice(1).forEach((d, i) => {
    const row = body.insertRow();
    row.append(made("th", d.name, { scope: "row", title: d.name }));
    data.drugs.slice(0, -1).forEach((e, j) => {
      const cell = row.insertCell(), p = j <= i && at.get(JSON.stringify([d.id, e.id].sort()));
      if (!p) return;
      const b = button(p, null, "cell");
      b.setAttribute("aria-label", p.hover);
      b.append(mark(p), made("span", p.figure, { class: "figure" }), made("span", p.badge, { class: "badge" }));
      cell.append(b);
    });
  });

  const list = made("table", null, { class: "list" });
  const names = list.createTHead().insertRow();
  for (const [name, why] of data.columns) names.append(made("th", name, { scope: "col", title: why }));
  const rows = list.createTBody();
  for (const p of data.pairs) {
    const row = rows.insertRow();
    const first = row.insertCell();
    first.append(button(p, p.names, "pair"));
    const second = row.insertCell();
    second.className = "chance";
    second.append(mark(p), made("span", ` ${p.figure}`));
    row.insertCell().textContent = p.type;
    row.insertCell().textContent = p.protocol;
  }

  const legend = made("div", null, { class: "legend" });
  for (const item of data.legend) {
    const line = made("div", null);
    line.append(mark(item), made("span", ` ${item.words}`));
    legend.append(line);
  }
  const scrolled = root.querySelector(".rows")?.scrollTop ?? 0;
  const focused = root.getRootNode().activeElement?.dataset?.pair, kind = root.getRootNode().activeElement?.className;
  const left = made("div", null, { class: "left" }), held = made("div", null, { class: "held" });
  held.append(grid);
  left.append(held, legend);
  const right = made("div", null, { class: "rows" });
  right.append(list);
  root.classList.add("drawn");
  root.replaceChildren(left, right);
  right.scrollTop = scrolled;
  if (focused) root.querySelector(`button.${kind}[data-pair="${CSS.escape(focused)}"]`)?.focus();
}
