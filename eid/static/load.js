// Renews the figures of a load run: <div data-load-run="address"> gets the `html` of that address's JSON, and once in a while what is
// said aloud. <button data-load-pause hidden data-resume="Go on"> stops it.
(() => {
  "use strict";

  const EVERY = 2000, SAY_EVERY = 10000, WHEN_IDLE = 6000;
  const place = document.querySelector("[data-load-run]");
  const said = document.querySelector("[data-load-said]");
  const pause = document.querySelector("[data-load-pause]");
  if (!place) return;

  let isPaused = false, wasOn = null, saidAt = Date.now();
  const renew = async () => {
    let wait = EVERY;
    if (!isPaused && !document.hidden) {
      try {
        const answer = await fetch(place.dataset.loadRun, { headers: { Accept: "application/json" } });
        const { html, said: sentence, is_on: isOn } = await answer.json();
        if (answer.ok && !isPaused) place.innerHTML = html;
        if (isOn !== wasOn || Date.now() - saidAt > SAY_EVERY) {
          said.textContent = sentence;
          saidAt = Date.now();
        }
        wasOn = isOn;
        wait = isOn ? EVERY : WHEN_IDLE;
      } catch {
        // The service does not answer just now, which under load it may not; the link is still there.
      }
    }
    setTimeout(renew, wait);
  };
  pause.hidden = false;
  const label = pause.textContent;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? pause.dataset.resume : label;
  });
  setTimeout(renew, EVERY);
})();
