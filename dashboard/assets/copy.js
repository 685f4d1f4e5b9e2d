/* Buttons with data-copy put that text on the clipboard and say so for a moment. */
(function () {
  "use strict";
  const SAID_MS = 1600;
  const byHand = (text) => {
    // Without HTTPS there is no clipboard interface: a selected field and the old command still work.
    const field = document.createElement("textarea");
    field.value = text;
    field.style.cssText = "position:fixed;opacity:0";
    document.body.appendChild(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      byHand(text);
    }
    const word = button.textContent;
    button.textContent = button.dataset.copied;
    button.disabled = true;
    setTimeout(() => { button.textContent = word; button.disabled = false; }, SAID_MS);
  });
})();
