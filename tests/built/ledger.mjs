// Uses the filter of the ledger's page in Chromium, as a file and from a server, with and without its script.
// node ledger.mjs MODULES BROWSER ADDRESS ROW...   ADDRESS is the ledger's page, ROW the ids of rows to link to
import { launch } from "./browser.mjs";

const [modules, executable, address, ...targets] = process.argv.slice(2);
const browser = await launch(modules, executable);
const found = { errors: [], choices: {}, linked: {} };

// Runs in the page: what a reader sees of the ledger.
const look = () => {
  const seen = [...document.querySelectorAll("table.ledger tbody tr")].filter((row) => row.checkVisibility());
  return {
    rows: seen.length,
    verdicts: [...new Set(seen.map((row) => row.querySelector(".verdict").textContent.replace(/ \(recorded.*/, "")))],
    evidence: [...new Set(seen.map((row) => row.lastElementChild.textContent.trim()))],
    papers: [...new Set(seen.map((row) => row.closest("section").id.replace("rows-", "")))],
    headings: [...document.querySelectorAll("section[id^='rows-'] > h2")].filter((one) => one.checkVisibility()).length,
    said: document.querySelector("#ledger-filter output")?.textContent ?? null,
    query: location.search,
    first: seen[0]?.textContent ?? "",
  };
};

const open = async (url, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => found.errors.push(`${url}: ${error.message}`));
  await page.goto(url, { waitUntil: "load" });
  return page;
};

const plain = await open(address, { javaScriptEnabled: false });
found.withoutScript = {
  rows: await plain.locator("table.ledger tbody tr").count(),
  hidden: await plain.locator("table.ledger tbody tr[hidden]").count(),
  controls: await plain.locator("#ledger-filter *").count(),
};

const page = await open(address);
found.all = await page.evaluate(look);
for (const [name, label] of [["paper", "Paper"], ["verdict", "Verdict"], ["evidence", "Evidence"]]) {
  const control = page.getByLabel(label, { exact: true });
  found.choices[name] = {};
  for (const value of await control.locator("option").evaluateAll((list) => list.map((one) => one.value).filter(Boolean))) {
    await control.selectOption(value);
    found.choices[name][value] = await page.evaluate(look);
  }
  await control.selectOption("");
}

// By keyboard alone: to the choice of a verdict, then words, then all again.
await page.locator("#ledger-filter select").first().focus();
await page.keyboard.press("Tab");
await page.keyboard.type("differs");
found.typed = await page.evaluate(look);
await page.keyboard.press("Tab");
await page.keyboard.press("Tab");
await page.keyboard.type("  MEAN  bnpp ");
await page.keyboard.press("Enter"); // sends no form
found.words = await page.evaluate(look);
found.live = await page.locator("#ledger-filter output").getAttribute("aria-live");
found.labels = await page.locator("#ledger-filter :is(select, input)").evaluateAll((list) => list.map((one) => one.labels.length));
await page.getByRole("button", { name: "Show all" }).click();
await page.waitForTimeout(100);
found.again = await page.evaluate(look);

// A link names a filter; what it names wrongly is passed over.
found.named = await (await open(`${address}?paper=xiao2023&verdict=same+conclusion`)).evaluate(look);
found.unknown = await (await open(`${address}?verdict=splendid&paper=%22%3E%3Cimg%20src%3Dx%3E`)).evaluate(look);
found.none = await (await open(`${address}?words=%3Cb%3Enothing+has+this%3C%2Fb%3E`)).evaluate(look);

// A link names a row: it is in view, under a filter that would hide it too.
for (const target of targets) {
  for (const query of ["", "?verdict=recovered"]) {
    const there = await open(`${address}${query}#${target}`);
    await there.waitForTimeout(300);
    found.linked[target + query] = await there.locator(`[id="${target}"]`).evaluate((row) => {
      const box = row.getBoundingClientRect();
      return row.checkVisibility() && box.top >= 0 && box.bottom <= innerHeight;
    });
    await there.close();
  }
}
await browser.close();
process.stdout.write(JSON.stringify(found));
