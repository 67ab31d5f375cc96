// Keys, where the page has any: a letter or digit presses the button that shows it, and Escape leaves a field. A form is
// sent once. The stream stands still while its reader says so. A refused "what if" is shown where its answer would be.
document.addEventListener("htmx:beforeRequest", (event) => {
  const pause = document.getElementById("pause");
  if (event.target.id === "board" && pause && pause.checked) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "answer" && event.detail.xhr.status === 404) event.detail.shouldSwap = true;
});
const KEYS = "keran-keys";
const FIELD = "input:not([type=checkbox]), textarea, select";
document.addEventListener("keydown", (event) => {
  const keys = document.getElementById("keys");
  if (!keys || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const field = event.target.closest(FIELD);
  if (field) {
    if (event.key === "Escape") field.blur();
    return;
  }
  const pressed = keys.checked && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!pressed) return;
  event.preventDefault();
  if (pressed.matches(FIELD)) pressed.focus();
  else pressed.click();
});
document.addEventListener("change", (event) => {
  if (event.target.id === "keys") localStorage.setItem(KEYS, event.target.checked ? "on" : "off");
});
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post" || event.target.hasAttribute("hx-post")) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
// What was sent is on its way no more when the page comes back out of the browser's history.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  const keys = document.getElementById("keys");
  if (keys) keys.checked = localStorage.getItem(KEYS) !== "off";
});
// A listing is held for whoever is at the page, not for a page that was left open.
const IDLE = 300_000;
let touched = Date.now();
for (const kind of ["keydown", "pointerdown", "pointermove", "scroll"]) {
  document.addEventListener(kind, () => (touched = Date.now()), { passive: true });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "hold" && (document.hidden || Date.now() - touched > IDLE)) event.preventDefault();
});
