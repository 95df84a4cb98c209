// Lets the browser's authenticator answer: the page has what it is asked, and a form takes its answer to the service.
(() => {
  "use strict";

  // <button data-passkey="get|create" data-options="JSON" data-failed="id of what to show" hidden> in a form with the field `credential`
  const toBytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0));
  const toText = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const readOptions = json => {
    const options = JSON.parse(json);
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const known of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])]) known.id = toBytes(known.id);
    return options;
  };

  const writeCredential = credential => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
  };

  for (const button of document.querySelectorAll("button[data-passkey]")) {
    if (!window.PublicKeyCredential) {
      document.getElementById(button.dataset.failed).hidden = false;
      continue;
    }
    button.hidden = false;
    button.addEventListener("click", async event => {
      event.preventDefault();
      const failed = document.getElementById(button.dataset.failed);
      failed.hidden = true;
      button.disabled = true;
      try {
        const credential = await navigator.credentials[button.dataset.passkey]({ publicKey: readOptions(button.dataset.options) });
        button.form.elements.credential.value = writeCredential(credential);
        button.form.submit();
      } catch {
        failed.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
