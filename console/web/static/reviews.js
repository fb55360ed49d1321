// A question by keyboard: arrows move from row to row, digits pick the source of the row, picks are tried at once.
"use strict";
(() => {
  const form = document.getElementById("decide");
  if (!form) return;
  const rows = [...form.querySelectorAll("tr[data-row]")];
  let at = -1;

  // ---- the row at hand: its picks answer to the digits 1 to 9; 0 is what the rules say
  const go = (to, show) => {
    if (!rows.length || !rows[0].querySelector("[data-pick]")) return;
    if (at >= 0) {
      rows[at].classList.remove("at-hand");
      for (const one of rows[at].querySelectorAll("[data-pick]")) one.removeAttribute("data-key");
    }
    at = (to + rows.length) % rows.length;
    rows[at].classList.add("at-hand");
    const name = rows[at].querySelector("th").firstChild.textContent.trim();
    for (const one of rows[at].querySelectorAll("[data-pick]")) {
      one.setAttribute("data-key", one.dataset.pick);
      one.setAttribute("data-key-says", name + " · " + one.closest("label").querySelector(".hidden").textContent);
    }
    if (show) rows[at].scrollIntoView({ block: "nearest" });
  };
  const differing = rows.findIndex((row) => row.classList.contains("different") || row.classList.contains("partly"));
  go(differing >= 0 ? differing : 0, false);
  document.addEventListener("keydown", (event) => {
    const typing = /^(TEXTAREA|SELECT)$/.test(event.target.tagName) || (event.target.tagName === "INPUT" && event.target.type !== "radio" && event.target.type !== "checkbox");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || document.querySelector("dialog[open]")) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    go(at + (event.key === "ArrowDown" ? 1 : -1), true);
  });

  // ---- what is typed is what is picked
  form.addEventListener("input", (event) => {
    const choice = event.target.dataset && event.target.dataset.chooses && event.target.closest("label").querySelector("input[type=radio]");
    if (choice) choice.checked = true;
  });
  form.addEventListener("click", (event) => {
    const focuses = event.target.dataset && event.target.dataset.focuses;
    if (focuses) document.getElementById(focuses).focus();
  });

  // ---- every choice is tried, once it has stood for a moment
  const effect = document.getElementById("effect");
  let later = 0;
  const tried = () => { if (effect) { clearTimeout(later); later = setTimeout(() => htmx.trigger(effect, "tries"), 250); } };
  form.addEventListener("change", tried);
  form.addEventListener("submit", () => clearTimeout(later));
  const tries = [...document.querySelectorAll("[data-tries]")];
  for (const one of tries) {
    one.addEventListener("click", () => {
      for (const other of tries) other.setAttribute("aria-pressed", String(other === one));
      effect.setAttribute("hx-vals", JSON.stringify({ decision: one.dataset.tries }));
      htmx.trigger(effect, "tries");
    });
  }
})();
