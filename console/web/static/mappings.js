// The editor of a mapping: line numbers beside the text, and mistakes that lead to their lines. It works without, too.
"use strict";
(() => {
  const editor = document.querySelector("[data-editor]");
  const numbers = document.querySelector("[data-numbers]");
  if (!editor || !numbers) return;
  let shown = 0;
  const number = () => {
    const lines = editor.value.split("\n").length;
    if (lines !== shown) numbers.textContent = Array.from({ length: lines }, (_, at) => at + 1).join("\n") + "\n\n";
    shown = lines;
    numbers.scrollTop = editor.scrollTop;
  };
  editor.addEventListener("input", number);
  editor.addEventListener("scroll", () => { numbers.scrollTop = editor.scrollTop; });
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-line]");
    if (!at) return;
    const lines = editor.value.split("\n");
    const line = Math.min(Number(at.dataset.line), lines.length);
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    editor.focus();
    editor.setSelectionRange(start, start + lines[line - 1].length);
    editor.scrollTop = Math.max(0, (editor.scrollHeight / lines.length) * (line - 6));
  });
  let saved = editor.value;
  editor.form.addEventListener("submit", () => { saved = editor.value; });
  window.addEventListener("beforeunload", (event) => { if (editor.value !== saved) event.preventDefault(); });
  number();
})();
