// Shows each page in Chromium from its file, in both schemes, wide and at 320 px, and prints what axe-core finds, what
// scrolls sideways, what the page asked for and what its own policy refused. One load per page: schemes and widths switch.
// node accessibility.mjs MODULES BROWSER PAGE...   MODULES holds axe-core and playwright-core.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch, watch } from "./browser.mjs";

const [modules, executable, ...pages] = process.argv.slice(2);
const axe = readFileSync(join(modules, "node_modules", "axe-core", "axe.min.js"), "utf8");
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 640 }; // 1280 px at 400 %, as WCAG 1.4.10 has it
const EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// The dark scheme has the same elements in other colours.
const RULES_OF_COLOUR = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
const VIEWS = [["light", WIDE, EVERY_RULE], ["dark", WIDE, RULES_OF_COLOUR], ["dark", NARROW, RULES_OF_COLOUR],
  ["light", NARROW, EVERY_RULE]];
const AT_ONCE = 2;

const browser = await launch(modules, executable);
const found = { violations: [], requests: [], errors: [], refused: [] };
const waiting = [...pages];
const readNext = async () => {
  const url = waiting.shift();
  // a window of its own: behind another page the scheme would not switch
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  await watch(page, url, found);
  await page.goto(url, { waitUntil: "load" });
  await page.evaluate(() => {
    // Nothing fades while it is looked at. A sheet of this kind is no inline style, so that the page's policy lets it be.
    const still = new CSSStyleSheet();
    still.replaceSync("*, ::before, ::after { animation: none !important; transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
    // What is folded is read too.
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    for (const fold of document.querySelectorAll(".toggle-hidden")) fold.classList.remove("toggle-hidden");
  });
  await page.evaluate(() => window.MathJax?.startup?.promise);
  await page.evaluate(axe);
  for (const [scheme, viewport, runOnly] of VIEWS) {
    const name = `${scheme} ${viewport.width}`;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(viewport);
    // the theme sets tab stops a moment after the width has changed
    await page.waitForTimeout(350);
    const switched = (wanted) => [undefined, wanted].includes(document.documentElement.dataset.theme);
    await page.waitForFunction(switched, scheme, { timeout: 10_000 }).catch(() => {}); // then it is a fault below
    const state = await page.evaluate(() => ({
      theme: document.documentElement.dataset.theme,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    }));
    const fault = (rule, why) => found.violations.push({ page: url, scheme: name, rule, where: "html", html: "", why });
    if (state.theme !== undefined && state.theme !== scheme) fault("scheme", `the page stayed ${state.theme}`);
    if (state.wide > 1) fault("page scrolls sideways", `${state.wide} px`);
    const options = { runOnly, resultTypes: ["violations"], preload: false };
    const result = await page.evaluate((settings) => axe.run(document, settings), options);
    for (const violation of result.violations) {
      for (const node of violation.nodes) {
        found.violations.push({ page: url, scheme: name, rule: violation.id, where: node.target.join(" "),
          html: node.html.slice(0, 200), why: node.failureSummary });
      }
    }
  }
  await context.close();
};
const read = async () => { while (waiting.length > 0) await readNext(); };
await Promise.all(Array.from({ length: AT_ONCE }, read));
await browser.close();
process.stdout.write(JSON.stringify(found));
