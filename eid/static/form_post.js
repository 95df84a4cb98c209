// Presses the one button of the page that posts an answer to a service.
(() => {
  "use strict";
  const form = document.querySelector("form[data-answer]");
  if (form) form.submit();
})();
