// Plays the phone: a key that cannot leave this browser's IndexedDB signs what the service asks (eid/api/devices.py).
(() => {
  "use strict";

  const phone = document.getElementById("phone");
  if (!phone || !window.crypto.subtle || !window.indexedDB) return;

  const API = "/api/v1/devices";
  const part = id => document.getElementById(id);
  const word = code => (phone.querySelector(`[data-word="${code}"]`) || phone.querySelector('[data-word="failed"]')).textContent;
  const say = code => { part("said").textContent = word(code); };

  // What is kept: {keys: CryptoKeyPair (the private one not extractable), device: number}
  const open = () => new Promise((resolve, reject) => {
    const opening = indexedDB.open("eid-phone", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("phone");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const inStore = async (mode, act) => {
    const database = await open();
    return new Promise((resolve, reject) => {
      const request = act(database.transaction("phone", mode).objectStore("phone"));
      request.onsuccess = () => { database.close(); resolve(request.result); };
      request.onerror = () => { database.close(); reject(request.error); };
    });
  };
  const load = () => inStore("readonly", store => store.get("own"));
  const keep = own => inStore("readwrite", store => store.put(own, "own"));
  const forget = () => inStore("readwrite", store => store.delete("own"));

  const base64url = octets => btoa(String.fromCharCode(...octets)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const encode = value => base64url(new TextEncoder().encode(JSON.stringify(value)));

  const prove = async (keys, act, claims) => {
    const head = encode({ alg: "ES256", typ: `eid-device-${act}+jwt` });
    const body = encode({ aud: phone.dataset.audience, iat: Math.floor(Date.now() / 1000), ...claims });
    const signed = new TextEncoder().encode(`${head}.${body}`);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, signed);
    return `${head}.${body}.${base64url(new Uint8Array(signature))}`;
  };

  const send = async (path, body) => {
    const answer = await fetch(API + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.code || "failed");
    return said;
  };
  const ask = async (path, act, claims, beside = {}) => {
    const own = await load();
    return send(path, { device: own.device, proof: await prove(own.keys, act, claims), ...beside });
  };

  const bind = async (code, name) => {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", keys.publicKey);
    const proof = await prove(keys, "bind", { code });
    const { device } = await send("", { code, name, public_key: { crv, kty, x, y }, proof });
    await keep({ keys, device });
  };

  // What a service would come to know: one tick each, and the passcode to agree with.
  const showConsent = (item, consent) => {
    for (const name of ["consent", "passcode"]) item.querySelector(`[data-part=${name}]`).hidden = false;
    item.querySelector("[data-part=from]").hidden = true;
    item.querySelector("[data-part=message]").textContent = consent.message;
    const wish = consent.kind === "signature" ? "signing" : "sharing";
    item.querySelector("[data-part=heading]").textContent = word(wish);
    item.querySelector("[data-act=approve]").textContent = word(`approve_${wish}`);
    item.querySelector("[data-act=deny]").textContent = word(`refuse_${wish}`);
    item.querySelector("input[name=passcode]").required = true;
    let told = "";
    for (const thing of consent.things) {
      const line = Object.assign(document.createElement("li"), { className: "choice" });
      const tick = document.createElement("input");
      const id = `thing-${crypto.randomUUID()}`;
      Object.assign(tick, { id, type: "checkbox", value: thing.key, checked: true, disabled: thing.is_needed });
      line.append(tick, Object.assign(document.createElement("label"), { htmlFor: id, textContent: thing.title }));
      if (thing.why && thing.why !== told) {
        const why = word("why").replace("REASON", thing.why);
        line.append(Object.assign(document.createElement("p"), { className: "hint", textContent: why }));
      }
      told = thing.why;
      item.querySelector("[data-part=things]").append(line);
    }
  };
  const withheld = item => [...item.querySelectorAll("[data-part=things] input:not(:checked)")].map(tick => tick.value);

  const shown = new Set();
  const show = asked => {
    const item = part("asked-template").content.cloneNode(true).firstElementChild;
    for (const name of ["asks", "purpose", "browser"]) item.querySelector(`[data-part=${name}]`).textContent = asked[name] || "–";
    item.querySelector("[data-part=until]").textContent =
      new Date(asked.expires_at).toLocaleTimeString(document.documentElement.lang);
    if (asked.consent) showConsent(item, asked.consent);
    const form = item.querySelector("form");
    const answer = async (choice, number) => {
      try {
        const claims = { approval: asked.id, answer: choice, number, ...(asked.consent ? { withheld: withheld(item) } : {}) };
        const beside = asked.consent ? { passcode: form.elements.passcode.value } : {};
        const { decision } = await ask("/answers", "answer", claims, beside);
        say(decision);
      } catch (error) {
        say(error.message);
        if (["too_many_tries", "passcode_wrong"].includes(error.message)) return;
      }
      item.remove();
      shown.delete(asked.id);
      part("nothing").hidden = shown.size > 0;
    };
    form.addEventListener("submit", event => {
      event.preventDefault();
      answer("approve", form.elements.number.value);
    });
    form.querySelector("[data-act=deny]").addEventListener("click", () => answer("refuse", null));
    setTimeout(() => { item.remove(); shown.delete(asked.id); }, Math.max(0, Date.parse(asked.expires_at) - Date.now()));
    shown.add(asked.id);
    part("nothing").hidden = true;
    part("asked").append(item);
  };
  const showAll = found => found.approvals.filter(asked => !shown.has(asked.id)).forEach(show);

  const take = async token => {
    try {
      showAll(await ask("/scans", "scan", { token: token.trim() }));
    } catch (error) {
      say(error.message);
    }
  };

  const watch = async () => {
    try {
      showAll(await ask("/approvals", "list", {}));
    } catch (error) {
      if (error.message === "device_unproved") {
        await forget();
        say(error.message);
        await begin();
        return;
      }
    }
    setTimeout(watch, 2000);
  };

  const begin = async () => {
    const own = await load();
    part("bound").hidden = !own;
    part("unbound").hidden = Boolean(own);
    const [what, value] = location.hash.slice(1).split("=");
    if (value) history.replaceState(null, "", location.pathname);
    if (what === "bind" && value) {
      part("bound").hidden = true;
      part("unbound").hidden = false;
      part("bind-code").value = value;
      part("bind-name").focus();
      return;
    }
    if (own) watch();
    if (own && what === "approve" && value) await take(value);
  };

  part("bind-form").addEventListener("submit", async event => {
    event.preventDefault();
    try {
      await bind(part("bind-code").value.trim(), part("bind-name").value);
      say("bound");
      await begin();
    } catch (error) {
      say(error.message);
    }
  });
  part("scan-form").addEventListener("submit", async event => {
    event.preventDefault();
    await take(part("scan-code").value);
    event.target.reset();
  });
  phone.querySelector("[data-act=forget]").addEventListener("click", async () => {
    await forget();
    location.reload();
  });
  addEventListener("hashchange", begin);
  begin();
})();
