// What makes pages nicer where scripts run; nothing here is needed to use them.
(() => {
  "use strict";

  // <button data-copy="text" hidden data-done="Copied">Copy</button>
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }

  // <button data-reveal="id of the input" hidden data-hide="Hide">Show</button>
  for (const button of document.querySelectorAll("button[data-reveal]")) {
    const input = document.getElementById(button.dataset.reveal);
    const show = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      const reveal = input.type === "password";
      input.type = reveal ? "text" : "password";
      button.textContent = reveal ? button.dataset.hide : show;
      button.setAttribute("aria-pressed", String(reveal));
    });
    input.form.addEventListener("submit", () => { input.type = "password"; });
  }

  // <time data-expires-at="2025-01-01T00:00:00Z" data-left="{} left" data-over="expired">08:30</time> → 08:30 (4:59 left)
  for (const clock of document.querySelectorAll("[data-expires-at]")) {
    const end = Date.parse(clock.dataset.expiresAt);
    const until = clock.textContent;
    const tick = () => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
      const parts = hours ? [hours, minutes, seconds] : [minutes, seconds];
      const text = parts.map((part, index) => index ? String(part).padStart(2, "0") : part).join(":");
      clock.textContent = `${until} (${left ? clock.dataset.left.replace("{}", text) : clock.dataset.over})`;
      if (left) setTimeout(tick, 1000);
    };
    tick();
  }
})();
