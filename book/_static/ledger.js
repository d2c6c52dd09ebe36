// The filter of the ledger's page. Without this script the whole table stands there.
// What is chosen stands in the query of the address, so that a link can name it: ledger.html?paper=NAME&verdict=differs
"use strict";
(() => {
  const place = document.getElementById("ledger-filter");
  if (!place) return;
  const rows = [...document.querySelectorAll("table.ledger tbody tr")].map((row) => ({
    row,
    section: row.closest("section"),
    paper: row.closest("section").id.replace("rows-", ""),
    verdict: row.querySelector(".verdict").classList[1].replace("verdict-", "").replaceAll("-", " "),
    evidence: row.lastElementChild.textContent.trim(),
    text: "",
  }));
  const sections = [...new Set(rows.map((entry) => entry.section))];
  const choices = ["paper", "verdict", "evidence"];
  const fields = {};

  function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  function addField(name, title, control) {
    fields[name] = control;
    control.id = `ledger-filter-${name}`;
    return make("div", {}, make("label", { htmlFor: control.id }, title), control);
  }

  function addChoice(name, title) {
    const values = [...new Set(rows.map((entry) => entry[name]))];
    if (name !== "paper") values.sort();
    const control = make("select", {}, make("option", { value: "" }, "all"));
    control.append(...values.map((value) => make("option", { value }, value)));
    return addField(name, title, control);
  }

  const count = make("output");
  const form = make(
    "form",
    {},
    addChoice("paper", "Paper"),
    addChoice("verdict", "Verdict"),
    addChoice("evidence", "Evidence"),
    addField("words", "Words", make("input", { type: "search", autocomplete: "off" })),
    make("button", { type: "reset" }, "Show all"),
    count,
  );
  form.setAttribute("aria-label", "Filter of the ledger");
  form.setAttribute("role", "search");
  count.setAttribute("aria-live", "polite");

  function readAddress() {
    const asked = new URLSearchParams(location.search);
    for (const [name, control] of Object.entries(fields)) {
      control.value = asked.get(name) ?? "";
      if (control.selectedIndex === -1) control.value = ""; // no such choice
    }
  }

  function writeAddress() {
    const query = new URLSearchParams();
    for (const [name, control] of Object.entries(fields)) {
      if (control.value.trim()) query.set(name, control.value.trim());
    }
    const address = (query.size ? `?${query}` : location.pathname) + location.hash;
    try {
      history.replaceState(null, "", address);
    } catch {
      // Some browsers refuse for a page opened as a file; the filter works all the same.
    }
  }

  function isWanted(entry, words) {
    if (choices.some((name) => fields[name].value && fields[name].value !== entry[name])) return false;
    if (!words.length) return true;
    entry.text ||= entry.row.textContent.toLowerCase();
    return words.every((word) => entry.text.includes(word));
  }

  function show() {
    const words = fields.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const used = new Set();
    let shown = 0;
    for (const entry of rows) {
      const wanted = isWanted(entry, words);
      entry.row.hidden = !wanted;
      if (wanted) {
        shown += 1;
        used.add(entry.section);
      }
    }
    for (const section of sections) section.hidden = !used.has(section);
    count.textContent = `${shown} of ${rows.length} rows shown`;
  }

  // A link to one row wins over a filter that would hide it.
  function showTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    form.reset();
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    show();
    writeAddress();
  });
  form.addEventListener("reset", () => {
    setTimeout(() => {
      show();
      writeAddress();
      document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    });
  });
  window.addEventListener("hashchange", showTarget);
  place.append(form);
  readAddress();
  show();
  showTarget();
})();
