// Refreshes the figures of the wall in place. When the desk cannot be reached, what was shown last stays and says so.
const EVERY = 60_000, STALE = 180_000;
const body = document.body;
let last = Date.now();

const text = (node, words) => { if (node && node.textContent !== words) node.textContent = words; };

function rows(list, items, tag, fill) {
  list.replaceChildren(...items.map((item) => {
    const row = document.createElement("li");
    row.className = item.tone;
    row.append(...fill(item).map(([name, words]) => {
      const part = document.createElement(name);
      part.textContent = words;
      return part;
    }));
    return row;
  }));
}

function show(page) {
  for (const node of body.querySelectorAll("[data-text]")) text(node, page[node.dataset.text]);
  for (const phrase of page.phrases) {
    for (const tile of [phrase.main, ...phrase.beside]) {
      const node = body.querySelector(`[data-phrase="${phrase.key}"] [data-tile="${tile.key}"]`);
      if (!node) continue;
      node.classList.remove("calm", "good", "warn", "bad");
      node.classList.add(tile.tone);
      text(node.querySelector("strong"), tile.value);
    }
  }
  const chart = new DOMParser().parseFromString(page.chart, "image/svg+xml").documentElement;
  body.querySelector("[data-chart]").replaceChildren(document.importNode(chart, true));
  rows(body.querySelector("[data-events]"), page.events, "li", (e) => [["time", e.at], ["span", e.kind], ["em", e.state]]);
  const blocks = body.querySelector("[data-blocks]");
  if (page.blocks.length) {
    rows(blocks, page.blocks, "li", (b) => [["span", b.label], ["strong", `${b.cleared}`]]);
    page.blocks.forEach((b, n) => {
      const small = document.createElement("small");
      small.textContent = `/${b.units}`;
      blocks.children[n].querySelector("strong").append(small);
    });
  }
}

async function refresh() {
  try {
    const answer = await fetch(body.dataset.figures, { cache: "no-store" });
    if (answer.status === 404) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
    last = Date.now();
  } catch { /* The desk is away for a moment: the note below tells when that lasts. */ }
  body.querySelector(".stale").hidden = Date.now() - last < STALE;
}

body.dataset.ready = "yes";
window.refreshWall = refresh;
setInterval(refresh, EVERY);
