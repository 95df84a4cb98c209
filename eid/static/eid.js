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
  const startClocks = (place) => {
    for (const clock of place.querySelectorAll("[data-expires-at]")) {
      const end = Date.parse(clock.dataset.expiresAt);
      const until = clock.textContent;
      const tick = () => {
        const left = Math.max(0, Math.round((end - Date.now()) / 1000));
        const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
        const parts = hours ? [hours, minutes, seconds] : [minutes, seconds];
        const text = parts.map((part, index) => index ? String(part).padStart(2, "0") : part).join(":");
        clock.textContent = `${until} (${left ? clock.dataset.left.replace("{}", text) : clock.dataset.over})`;
        if (left && clock.isConnected) setTimeout(tick, 1000);
        if (!left) clock.closest(".qr")?.classList.add("over");
      };
      tick();
    }
  };
  startClocks(document);

  // <figure class="qr" id="code" data-renewed-from="/address" data-renewed-every="30" data-renewed-times="10"> and beside it
  // <p role="status" data-when-over="It is over.">: the figure gets the content of its like on the page at that address, while
  // somebody looks at it and the service answers; at once where there is no drawing in it yet.
  for (const place of document.querySelectorAll("[data-renewed-from]")) {
    const every = Number(place.dataset.renewedEvery) * 1000;
    let renewedAt = place.querySelector("svg") ? Date.now() : 0;
    let left = Number(place.dataset.renewedTimes);
    const renew = async () => {
      if (document.hidden || Date.now() - renewedAt < every || left <= 0) return;
      renewedAt = Date.now();
      left -= 1;
      const answer = await fetch(place.dataset.renewedFrom).catch(() => null);
      const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page && page.getElementById(place.id);
      if (!fresh) { left = 0; return; }
      place.replaceChildren(...fresh.childNodes);
      startClocks(place);
    };
    const watch = () => {
      const status = place.nextElementSibling;
      if (place.classList.contains("over") && !status.textContent) status.textContent = status.dataset.whenOver;
      renew();
    };
    requestAnimationFrame(() => setTimeout(renew));  // the page is painted first
    setInterval(watch, 1000);
    document.addEventListener("visibilitychange", renew);
  }

  // A form that was sent: its button says so and cannot be pressed again; a page that the browser kept is as it was.
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      const pressed = event.submitter;
      setTimeout(() => {
        if (event.defaultPrevented) return;
        form.dataset.sent = "yes";
        form.setAttribute("aria-busy", "true");
        for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
        pressed?.classList.add("busy");
        const status = document.getElementById("busy");
        if (status) status.textContent = status.dataset.text;
      });
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
      for (const button of form.querySelectorAll("button")) {
        button.removeAttribute("aria-disabled");
        button.classList.remove("busy");
      }
    }
    const status = document.getElementById("busy");
    if (status) status.textContent = "";
  });
})();
