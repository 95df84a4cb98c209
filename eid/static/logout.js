// Leads on to the service that asked for the logout, once every service's frame has loaded, or after five seconds.
(() => {
  "use strict";

  const link = document.querySelector("a[data-leads-on]");
  if (!link) return;
  const leadOn = () => location.replace(link.href);
  addEventListener("load", leadOn, { once: true });
  setTimeout(leadOn, 5000);
})();
