// The stream stands still while its reader says so. A refused "what if" is shown where its answer would be.
document.addEventListener("htmx:beforeRequest", (event) => {
  const pause = document.getElementById("pause");
  if (event.target.id === "board" && pause && pause.checked) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "answer" && event.detail.xhr.status === 404) event.detail.shouldSwap = true;
});
