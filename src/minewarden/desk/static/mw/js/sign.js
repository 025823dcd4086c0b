// A canvas to write a name on, with finger, pen or mouse. What is kept is where the pen went, and nothing else of it.
const WIDTH = 1000;
const HEIGHT = 500;
const NEAR = 5;

function draw(canvas, strokes) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.lineWidth = 9;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = "#10233d";
  for (const stroke of strokes) {
    pen.beginPath();
    pen.moveTo(stroke[0], stroke[1]);
    if (stroke.length === 2) pen.lineTo(stroke[0], stroke[1]);
    for (let at = 2; at < stroke.length; at += 2) pen.lineTo(stroke[at], stroke[at + 1]);
    pen.stroke();
  }
  canvas.classList.toggle("inked", strokes.length > 0);
}

function length(strokes) {
  let sum = 0;
  for (const stroke of strokes) {
    for (let at = 2; at < stroke.length; at += 2) sum += Math.hypot(stroke[at] - stroke[at - 2], stroke[at + 1] - stroke[at - 1]);
  }
  return sum;
}

function place(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const inside = (value, most) => Math.min(Math.max(Math.round(value), 0), most);
  return [inside(((event.clientX - box.left) / box.width) * WIDTH, WIDTH), inside(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT)];
}

function start(form) {
  const canvas = form.querySelector("canvas");
  const kept = form.elements.ink;
  const lack = form.querySelector("[data-lack]");
  let strokes = [];
  let writing = null;
  try {
    strokes = JSON.parse(kept.value || "[]");
  } catch {
    strokes = [];
  }
  const shown = () => {
    draw(canvas, strokes);
    kept.value = strokes.length ? JSON.stringify(strokes) : "";
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (writing !== null || event.button > 0) return;
    writing = event.pointerId;
    canvas.setPointerCapture(event.pointerId);
    strokes.push(place(canvas, event));
    lack.hidden = true;
    event.preventDefault();
    draw(canvas, strokes);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== writing) return;
    const stroke = strokes.at(-1);
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = place(canvas, one);
      if (Math.hypot(x - stroke.at(-2), y - stroke.at(-1)) >= NEAR) stroke.push(x, y);
    }
    draw(canvas, strokes);
  });
  const end = (event) => {
    if (event.pointerId !== writing) return;
    writing = null;
    shown();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  form.querySelector("[data-undo]").addEventListener("click", () => { strokes.pop(); shown(); });
  form.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; shown(); });
  form.addEventListener("submit", (event) => {
    const text = strokes.length === 0 ? form.dataset.empty : length(strokes) < 220 ? form.dataset.little : "";
    if (text) {
      event.preventDefault();
      lack.textContent = text;
      lack.hidden = false;
      canvas.scrollIntoView({ block: "center" });
      return;
    }
    // A second touch while the first is on its way sends nothing.
    const button = form.querySelector("button.primary");
    button.disabled = true;
    button.textContent = form.dataset.busy;
  });
  // Back from the next page: the button works again.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  shown();
}

document.querySelectorAll("form[data-sign]").forEach(start);
