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
tick(document);
setInterval(() => tick(document), 60_000);
document.addEventListener("visibilitychange", () => document.hidden || tick(document));
