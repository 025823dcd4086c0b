// Asks before a form with data-confirm is sent. Without a dialog element the form is sent at once, as without script.
export function askFirst(root) {
  const dialog = root.querySelector("#confirm");
  if (!dialog?.showModal) return;
  root.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const text = button?.dataset.confirm ?? form.dataset.confirm;
    if (!text || form.dataset.confirmed) return;
    event.preventDefault();
    dialog.querySelector("#confirm-text").textContent = text;
    dialog.returnValue = "no";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(button);
      delete form.dataset.confirmed;
    }, { once: true });
  });
}
