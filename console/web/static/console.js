// The frame's behaviour: keys, menu, dialogs, toasts, and forms that are sent once. No page depends on it to be read.
"use strict";
(() => {
  const KEYS_OFF = "crmhub_keys_off";
  const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
  const seen = (one) => !one.disabled && one.getClientRects().length > 0;
  const said = (one) => (one.getAttribute("data-key-says") || one.getAttribute("aria-label") || one.textContent).trim().replace(/\s+/g, " ");
  const keysAreOn = () => { try { return !localStorage.getItem(KEYS_OFF); } catch { return true; } };

  // ---- keys: every [data-key] element that can be seen is pressed by its key ("g r": one after the other)
  let before = "";
  let forget = 0;
  const keyed = (key) => {
    const all = [...document.querySelectorAll("[data-key]")].filter((one) => one.getAttribute("data-key") === key);
    const open = document.querySelector("dialog[open]");
    return all.filter((one) => (open ? open.contains(one) : true)).find((one) => seen(one) || one.matches("nav a"));
  };
  const begins = (key) => [...document.querySelectorAll("[data-key]")].some((one) => one.getAttribute("data-key").startsWith(key + " "));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keysAreOn()) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = before ? before + " " + event.key : event.key;
    clearTimeout(forget);
    before = "";
    const found = keyed(key) || keyed(event.key);
    if (found) {
      event.preventDefault();
      if (event.repeat) return;
      if (typing(found) && !/^(checkbox|radio)$/.test(found.type)) found.focus();
      else found.click();
    } else if (begins(event.key)) {
      before = event.key;
      forget = setTimeout(() => { before = ""; }, 1500);
    }
  });
  const listKeys = () => {
    const list = document.querySelector("[data-keys]");
    const rows = [...document.querySelectorAll("[data-key]")].filter((one) => seen(one) || one.matches("nav a")).map((one) => {
      const dt = document.createElement("dt");
      for (const part of one.getAttribute("data-key").split(" ")) {
        const kbd = document.createElement("kbd");
        kbd.textContent = part;
        dt.append(kbd, " ");
      }
      const dd = document.createElement("dd");
      dd.textContent = said(one);
      return [dt, dd];
    });
    list.replaceChildren(...rows.flat());
    const on = document.querySelector("[data-keys-on]");
    on.checked = keysAreOn();
    on.onchange = () => { try { on.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "yes"); } catch { /* private windows keep nothing */ } };
  };

  // ---- clicks of the frame
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-opens], [data-opens-menu], [data-closes]");
    for (const pop of document.querySelectorAll("details.pop[open]")) if (!pop.contains(event.target)) pop.open = false;
    if (!at) return;
    if (at.hasAttribute("data-closes")) at.closest(".toast, dialog").remove();
    else if (at.hasAttribute("data-opens-menu")) {
      const open = document.getElementById("menu").classList.toggle("open");
      at.setAttribute("aria-expanded", String(open));
    } else {
      const dialog = document.getElementById(at.getAttribute("data-opens"));
      if (dialog.id === "keys") listKeys();
      dialog.showModal();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const pop of document.querySelectorAll("details.pop[open]")) { pop.open = false; pop.querySelector("summary").focus(); }
  });

  // ---- toasts: {"toast": {"text", "kind", "undo"}} in HX-Trigger
  const button = (text, type) => { const made = document.createElement("button"); made.type = type; made.textContent = text; return made; };
  const show = ({ text, kind = "info", undo = "" }) => {
    const toast = document.createElement("div");
    toast.className = "toast " + (["good", "bad"].includes(kind) ? kind : "info");
    const words = document.createElement("p");
    words.textContent = text;
    toast.append(words);
    if (undo.startsWith("/") && !undo.startsWith("//")) {
      const form = document.createElement("form");
      form.method = "post";
      form.action = undo;
      const token = document.createElement("input");
      token.type = "hidden";
      token.name = "form_token";
      token.value = JSON.parse(document.body.getAttribute("hx-headers"))["X-Form-Token"];
      const back = button(document.body.dataset.undo, "submit");
      back.setAttribute("data-key", "u");
      form.append(token, back);
      toast.append(form);
    }
    const close = button("×", "button");
    close.className = "plain";
    close.setAttribute("aria-label", document.body.dataset.close);
    close.setAttribute("data-closes", "");
    toast.append(close);
    document.getElementById("toasts").append(toast);
    if (!undo && kind !== "bad") setTimeout(() => toast.remove(), 8000);
  };
  document.addEventListener("toast", (event) => show(event.detail));
  for (const failed of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(failed, () => show({ text: document.body.dataset.offline, kind: "bad" }));

  // ---- a plain form is sent once, however often its button is pressed; a page that comes back from the cache is fresh
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
