// Where a form has too many rows for a list, the server offers what fits while one types.
const PAUSE = 200;

export function offerWhileTyping(root) {
  for (const input of root.querySelectorAll("input[data-offers]")) {
    const list = document.createElement("datalist");
    list.id = `${input.id}-offers`;
    input.after(list);
    input.setAttribute("list", list.id);
    let waiting, asked = "";
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => ask(input, list, () => asked, (text) => { asked = text; }), PAUSE);
    });
  }
}

async function ask(input, list, before, note) {
  const text = input.value.trim();
  // What was chosen from the list is asked for no more.
  if (!text || text === before() || [...list.options].some((option) => option.value === text)) return;
  note(text);
  const answer = await fetch(`${input.dataset.offers}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || input.value.trim() !== text) return;
  const { offers } = await answer.json();
  // The browser drops what does not hold the text that was typed; what was found by its initials is labelled with it.
  list.replaceChildren(...offers.map((offer) => new Option(offer.includes(text) ? offer : text, offer)));
}
