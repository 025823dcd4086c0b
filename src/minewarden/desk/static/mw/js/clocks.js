// Keeps the clock chips true while a page stays open. The words come with the chip, so none stand here.
const SOON = 12 * 3600_000;
const URGENT = 2 * 3600_000;

export function tick(root, now = Date.now()) {
  for (const clock of root.querySelectorAll(".clock[data-due]")) {
    const left = Date.parse(clock.dataset.due) - now;
    if (Number.isNaN(left)) continue;
    const minutes = Math.floor(Math.abs(left) / 60_000);
    const span = clock.dataset.span.replace("@h", Math.floor(minutes / 60)).replace("@m", minutes % 60);
    clock.querySelector(".clock-text").textContent = (left > 0 ? clock.dataset.left : clock.dataset.over).replace("@", span);
    clock.classList.remove("green", "blue", "amber", "red");
    clock.classList.add(left <= URGENT ? "red" : left <= SOON ? "amber" : "blue");
  }
}
