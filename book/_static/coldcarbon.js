// What the theme leaves out for readers with a keyboard, and for paper.
(() => {
  // What scrolls sideways can be reached by keyboard; what does not is no stop. Folds and rotation change which is which.
  const boxes = ".scrolling-table, .pst-scrollable-table-container, .highlight pre";
  const stops = () => {
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else if (box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    }
  };
  let waiting = 0;
  const soon = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(stops); };
  addEventListener("load", soon);
  addEventListener("resize", soon);
  addEventListener("toggle", soon, true);
  addEventListener("click", soon);

  addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });
  // Paper is white, and nothing on it unfolds.
  const page = document.documentElement;
  const opened = new Set();
  let theme;
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) { opened.add(fold); fold.open = true; }
    theme ??= page.dataset.theme;
    if (theme !== undefined) page.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened.clear();
    if (theme !== undefined) page.dataset.theme = theme;
    theme = undefined;
  });
})();
