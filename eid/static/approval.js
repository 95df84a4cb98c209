// Goes on by itself when the phone has answered: <div data-approval="address of the state"> in the form that finishes.
(() => {
  "use strict";

  for (const waiting of document.querySelectorAll("[data-approval]")) {
    const ask = async () => {
      try {
        const answer = await fetch(waiting.dataset.approval, { headers: { Accept: "application/json" } });
        const { state } = await answer.json();
        if (state !== "waiting") {
          waiting.closest("form").submit();
          return;
        }
      } catch {
        // The service does not answer just now; the button is still there.
      }
      setTimeout(ask, 1000);
    };
    setTimeout(ask, 1000);
  }
})();
