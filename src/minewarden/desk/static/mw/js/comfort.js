// Small comforts: names of columns and the tab of the page on narrow screens, lists that act when chosen, menus that close.
export function labelCells(root) {
  for (const table of root.querySelectorAll("table.grid")) {
    const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, at) => { cell.dataset.label ??= names[at] ?? ""; });
    }
  }
}

export function submitOnChange(root) {
  for (const control of root.querySelectorAll("[data-submit]")) {
    control.addEventListener("change", () => control.form.requestSubmit());
  }
}

// A row of tabs wider than the telephone begins where one is.
export function showCurrent(root) {
  for (const tab of root.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
}

export function closePops(root) {
  root.addEventListener("click", (event) => {
    for (const pop of root.querySelectorAll("details.pop[open]")) if (!pop.contains(event.target)) pop.open = false;
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const pop of root.querySelectorAll("details.pop[open]")) { pop.open = false; pop.querySelector("summary").focus(); }
    const menu = root.querySelector("#menu-open");
    if (menu) menu.checked = false;
  });
}
