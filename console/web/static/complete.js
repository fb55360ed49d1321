// Completion in the editor of a mapping: Ctrl+Space or typing offers words, arrows choose, Enter takes, Escape closes.
"use strict";
(() => {
  const editor = document.querySelector("[data-words]");
  const list = document.getElementById("completions");
  if (!editor || !list || editor.readOnly) return;
  const words = JSON.parse(editor.dataset.words);
  const MOST = 12;
  let shown = [];
  let active = -1;

  const close = () => { shown = []; active = -1; list.hidden = true; editor.removeAttribute("aria-activedescendant"); };

  // the keys that a line lies under, the nearest first, each with its indent
  const above = (lines, indent) => {
    const found = [];
    for (let at = lines.length - 1; at >= 0 && indent > 0; at -= 1) {
      const key = /^(\s*(?:- )?)([\w$.\u4e00-\u9fff-]+):/.exec(lines[at]);
      if (key && key[1].length < indent) { found.push(key[2]); indent = key[1].length; }
    }
    return found;
  };
  const all = () => [...words.top, ...words.emit, ...words.field, ...Object.keys(words.entities), ...words.paths];
  const offered = (before) => {
    const lines = before.split("\n");
    const line = lines.pop();
    const indent = /^\s*(?:- )?/.exec(line)[0].length;
    const inside = line.slice(indent);
    const parents = above(lines, indent);
    const braced = /\{[^}]*$/.test(inside);
    const part = braced ? /[^{,[]*$/.exec(inside)[0] : inside;
    const typed = /([\w$]+):\s*\[?[^:]*$/.exec(part);
    if (typed && typed[1] === "entity") return Object.keys(words.entities);
    if (typed) return words.paths;
    if (braced) return /(?:pull|push):\s*\{[^}]*$|\[[^\]]*$/.test(inside) ? [...words.paths, ...words.field] : words.field;
    if (!parents.length && indent === 0) return words.top;
    if (parents[0] === "fields") {
      const entity = [...lines].reverse().map((one) => /entity:\s*([\w-]+)/.exec(one)).find(Boolean);
      return words.entities[entity ? entity[1] : ""] || Object.values(words.entities).flat();
    }
    if (parents[0] === "emits" || (parents.length === 0 && /^\s*- /.test(line))) return words.emit;
    if (parents[1] === "fields") return words.field;
    return parents[0] === "pull" || parents[0] === "push" ? words.paths : all();
  };

  const wordBefore = () => /[\w$.\u4e00-\u9fff]*$/.exec(editor.value.slice(0, editor.selectionStart))[0];
  const choose = (at) => {
    active = at;
    [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === at)));
    if (at < 0) editor.removeAttribute("aria-activedescendant");
    else { editor.setAttribute("aria-activedescendant", `completion-${at}`); list.children[at].scrollIntoView({ block: "nearest" }); }
  };
  const place = () => {
    const style = getComputedStyle(editor);
    const height = parseFloat(style.lineHeight);
    const before = editor.value.slice(0, editor.selectionStart).split("\n");
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    const box = editor.getBoundingClientRect();
    const left = box.left + parseFloat(style.paddingLeft) + pen.measureText(before.at(-1)).width - editor.scrollLeft;
    const top = box.top + parseFloat(style.paddingTop) + before.length * height - editor.scrollTop;
    list.style.left = `${Math.max(8, Math.min(left, innerWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${top + list.offsetHeight > innerHeight ? top - height - list.offsetHeight : top}px`;
  };
  const open = (asked) => {
    const word = wordBefore();
    if (!asked && !word) return close();
    const low = word.toLowerCase();
    const fits = [...new Set(offered(editor.value.slice(0, editor.selectionStart - word.length)))];
    shown = fits.filter((one) => one.toLowerCase().startsWith(low) && one !== word);
    if (shown.length < MOST && low.length > 1) shown.push(...fits.filter((one) => !shown.includes(one) && one !== word && one.toLowerCase().includes(low)));
    shown = shown.slice(0, MOST);
    if (!shown.length) return close();
    list.replaceChildren(...shown.map((one, at) => {
      const item = document.createElement("li");
      item.id = `completion-${at}`;
      item.setAttribute("role", "option");
      item.textContent = one;
      return item;
    }));
    list.hidden = false;
    place();
    choose(asked ? 0 : -1);
  };
  const take = (at) => {
    const end = editor.selectionStart;
    editor.setSelectionRange(end - wordBefore().length, end);
    document.execCommand("insertText", false, shown[at]); // keeps the browser's own undo
    close();
  };

  editor.addEventListener("input", (event) => { if (event.inputType && event.inputType.startsWith("insertText") && event.data) open(false); else close(); });
  editor.addEventListener("blur", close);
  editor.addEventListener("scroll", close);
  editor.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); open(true); return; }
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose((active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1) + shown.length) % shown.length);
    } else if (event.key === "Enter" && active >= 0) { event.preventDefault(); take(active); }
    else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
    else if (["ArrowLeft", "ArrowRight", "Home", "End", "Tab", "Enter"].includes(event.key)) close();
  });
  list.addEventListener("mousedown", (event) => {
    const item = event.target.closest("[role=option]");
    if (!item) return;
    event.preventDefault();
    take([...list.children].indexOf(item));
  });
})();
