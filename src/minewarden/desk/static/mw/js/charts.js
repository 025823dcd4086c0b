// Shows under a drawing the values at the place of the pointer, as the table beside it says them.
const LEFT = 54, RIGHT = 16;

function readable(chart) {
  const svg = chart.querySelector("svg"), out = chart.querySelector("output");
  const table = chart.parentElement.querySelector("[data-values]");
  if (!svg || !out || !table) return;
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  const box = svg.viewBox.baseVal;
  const rule = document.createElementNS("http://www.w3.org/2000/svg", "line");
  rule.setAttribute("class", "here");
  rule.setAttribute("y1", 40);
  rule.setAttribute("y2", box.height - 34);
  rule.setAttribute("visibility", "hidden");
  svg.insertBefore(rule, svg.firstChild);
  let place = rows.length - 1;
  const show = (at) => {
    place = Math.max(0, Math.min(rows.length - 1, at));
    const x = LEFT + ((box.width - LEFT - RIGHT) / rows.length) * (place + 0.5);
    rule.setAttribute("x1", x);
    rule.setAttribute("x2", x);
    rule.setAttribute("visibility", "visible");
    out.textContent = `${rows[place][0]}　${names.map((name, n) => `${name} ${rows[place][n + 1]}`).join("　")}`;
  };
  svg.setAttribute("tabindex", "0");
  svg.addEventListener("pointermove", (event) => {
    const edge = svg.getBoundingClientRect();
    const x = ((event.clientX - edge.left) / edge.width) * box.width;
    show(Math.floor((x - LEFT) / ((box.width - LEFT - RIGHT) / rows.length)));
  });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(place - 1);
    else if (event.key === "ArrowRight") show(place + 1);
    else return;
    event.preventDefault();
  });
  show(rows.length - 1);
  // Where it is wider than the telephone, the present is what is looked for.
  chart.scrollLeft = chart.scrollWidth;
}

for (const chart of document.querySelectorAll("[data-chart]")) readable(chart);
