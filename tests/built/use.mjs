// Reads the site in Chromium from a local server as readers do: each page's first paint, and on some pages the keyboard,
// the search, the scheme, the folds, the copy buttons and the mathematics; all under the pages' own policies.
// node use.mjs MODULES BROWSER SITE PAGE... -- PAGE...   the latter are gone through by keyboard
import { launch, watch } from "./browser.mjs";

const [modules, executable, site, ...names] = process.argv.slice(2);
const pages = names.slice(0, names.indexOf("--"));
const byKeyboard = names.slice(names.indexOf("--") + 1);
const LOADS = 3;
const MOST_STOPS = 3000;

const browser = await launch(modules, executable);
const found = { requests: [], errors: [], refused: [], paints: {}, blank: [], keyboard: {}, uses: {} };

const firstPaint = async (address, seen = async () => {}) => {
  const context = await browser.newContext(); // nothing is cached
  const page = await context.newPage();
  await seen(page);
  await page.goto(address, { waitUntil: "load" });
  const time = await page.evaluate(() => new Promise((resolve) => {
    const take = (list) => {
      const entry = list.getEntries().find((one) => one.name === "first-contentful-paint");
      if (entry) resolve(entry.startTime);
    };
    new PerformanceObserver(take).observe({ type: "paint", buffered: true });
  }));
  await context.close();
  return time;
};
for (const name of pages) {
  found.paints[name] = [await firstPaint(site + name, (page) => watch(page, name, found, site))];
  for (let load = 1; load < LOADS; load += 1) found.paints[name].push(await firstPaint(site + name));
  found.blank.push(await firstPaint("data:text/html,<p>nothing"));
}

// Runs in the page: what a reader with a keyboard has to be able to reach.
const reachable = () => {
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex='0'], [contenteditable=true]";
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: false })
    && one.getClientRects().length > 0;
  return [...document.querySelectorAll(kinds)].filter((one) => isShown(one) && !one.disabled && one.tabIndex >= 0);
};

// Runs in the page: the focused element, and whether one sees that it is.
const describe = (kinds) => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const style = getComputedStyle(one);
  const rings = [style, getComputedStyle(one, "::before"), getComputedStyle(one, "::after")];
  const ring = rings.some((look) => (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none");
  // a link that spans its card has no size of its own
  const box = (one.matches(".sd-stretched-link") ? one.offsetParent : one).getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width * box.height > 0;
  one.dataset.reached = "yes";
  return { what: `${one.tagName.toLowerCase()}.${one.className} ${(one.getAttribute("href") ?? one.textContent).trim().slice(0, 40)}`,
    skip: one.getAttribute("href") === "#main-content", ring, inside };
};

for (const name of byKeyboard) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await watch(page, name, found, site);
  await page.goto(site + name, { waitUntil: "load" });
  await page.evaluate(() => window.MathJax?.startup?.promise);
  await page.waitForTimeout(500);
  const stops = [];
  let ended = false;
  while (stops.length < MOST_STOPS) {
    await page.keyboard.press("Tab");
    let stop = await page.evaluate(describe);
    if (stop !== null && !stop.inside) { // it may slide in
      await page.waitForTimeout(500);
      stop = await page.evaluate(describe);
    }
    if (stop === null) { ended = true; break; } // past the last stop
    stops.push(stop);
  }
  const missed = await page.evaluate(`(${reachable})().filter((one) => !one.dataset.reached).map((one) => one.outerHTML.slice(0, 160))`);
  // A narrow screen makes tables and code scroll.
  await page.setViewportSize({ width: 320, height: 640 });
  await page.waitForTimeout(800);
  const stuck = await page.evaluate(() => [...document.querySelectorAll("main *")].filter((box) => {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth + 1;
    return scrolls && box.checkVisibility() && box.tabIndex < 0 && !box.querySelector("a[href], button, input, [tabindex='0']");
  }).map((box) => box.outerHTML.slice(0, 160)));
  found.keyboard[name] = { ended, missed, stuck, count: stops.length, first: stops[0],
    unseen: stops.filter((stop) => !stop.ring || !stop.inside).map((stop) => `${stop.what} ring ${stop.ring} inside ${stop.inside}`) };
  await context.close();
}

const use = async (what, name, act) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(site).origin });
  const page = await context.newPage();
  await watch(page, `${what} on ${name}`, found, site);
  await page.goto(site + name, { waitUntil: "load" });
  try {
    found.uses[what] = await act(page);
  } catch (error) {
    found.uses[what] = `failed: ${error.message}`;
  }
  await context.close();
};
const chapter = byKeyboard[0];
await use("search by keyboard", chapter, async (page) => {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("soil");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#search-results ul.search li a", { timeout: 20_000 });
  return page.locator("#search-results ul.search li a").count();
});
await use("scheme by keyboard", chapter, async (page) => {
  const seen = [];
  for (let turn = 0; turn < 3; turn += 1) {
    await page.locator(".theme-switch-button").first().focus(); // the theme takes the focus away after each turn
    await page.keyboard.press("Enter");
    seen.push(await page.evaluate(() => document.documentElement.dataset.mode));
  }
  return seen.sort();
});
await use("copy", chapter, async (page) => {
  const code = page.locator("div.highlight:has(button.copybtn)").first();
  const shown = await code.locator("pre").innerText();
  await code.locator("button.copybtn").click({ force: true });
  const taken = await page.evaluate(() => navigator.clipboard.readText());
  return taken.trim() === shown.trim();
});
await use("folds by keyboard", chapter, async (page) => {
  const states = [];
  const fold = page.locator("main details > summary").first();
  if (await fold.count()) {
    const open = () => fold.evaluate((one) => one.parentElement.open);
    const before = await open();
    await fold.focus();
    await page.keyboard.press("Enter");
    states.push((await open()) !== before);
  }
  const button = page.locator("main button.toggle-button").first();
  if (await button.count()) {
    const hidden = () => button.evaluate((one) => one.closest(".toggle").classList.contains("toggle-hidden"));
    const before = await hidden();
    await button.focus();
    await page.keyboard.press("Enter");
    states.push((await hidden()) !== before);
  }
  return states;
});
await use("mathematics", chapter, async (page) => {
  await page.evaluate(() => window.MathJax?.startup?.promise);
  return page.evaluate(() => [document.querySelectorAll(".math").length, document.querySelectorAll("mjx-container").length,
    document.querySelector("mjx-container svg, mjx-container mjx-math")?.getClientRects().length ?? 0]);
});
await use("print opens folds on light ground", chapter, async (page) => {
  await page.evaluate(() => { document.documentElement.dataset.theme = "dark"; });
  const before = await page.evaluate(() => document.querySelectorAll("details:not([open])").length);
  const during = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"));
    return [document.querySelectorAll("details:not([open])").length, document.documentElement.dataset.theme];
  });
  const after = await page.evaluate(() => {
    dispatchEvent(new Event("afterprint"));
    return [document.querySelectorAll("details:not([open])").length, document.documentElement.dataset.theme];
  });
  return { before, during, after };
});
await browser.close();
process.stdout.write(JSON.stringify(found));
