// Starts the small behaviours of the desk. Every page works without them.
import { tick } from "./clocks.js";
import { askFirst } from "./confirm.js";
import { closePops, labelCells, showCurrent, submitOnChange } from "./comfort.js";
import { offerWhileTyping } from "./offers.js";

labelCells(document);
submitOnChange(document);
showCurrent(document);
closePops(document);
askFirst(document);
offerWhileTyping(document);
// Due times are the desk's; a computer whose own clock is wrong must not show other hours than the desk counts.
const ahead = Date.parse(document.body.dataset.now) - Date.now() || 0;
const now = () => Date.now() + ahead;
tick(document, now());
setInterval(() => tick(document, now()), 60_000);
document.addEventListener("visibilitychange", () => document.hidden || tick(document, now()));
