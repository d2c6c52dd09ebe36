// Shows each page in Chromium, light and dark and on a phone, and prints what axe-core finds and what the page asked for.
// node accessibility.mjs MODULES BROWSER PAGE...   MODULES holds axe-core and playwright-core.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, executablePath, ...pages] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "package.json"))("playwright-core");
const axe = readFileSync(join(modules, "node_modules", "axe-core", "axe.min.js"), "utf8");
const SCHEMES = [
  { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { colorScheme: "light", viewport: { width: 390, height: 844 } },
];
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const found = { violations: [], requests: [], errors: [] };
for (const scheme of SCHEMES) {
  const context = await browser.newContext({ ...scheme, reducedMotion: "reduce" });
  const name = `${scheme.colorScheme} ${scheme.viewport.width}`;
  for (const url of pages) {
    const page = await context.newPage();
    page.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) found.requests.push(`${url}: ${request.url()}`);
    });
    page.on("pageerror", (error) => found.errors.push(`${url}: ${error.message}`));
    await page.goto(url, { waitUntil: "load" });
    // What is folded is read too, and nothing fades in while it is.
    await page.addStyleTag({ content: "*, ::before, ::after { animation: none !important; transition: none !important; }" });
    await page.evaluate(() => {
      for (const fold of document.querySelectorAll("details")) fold.open = true;
      for (const fold of document.querySelectorAll(".toggle-hidden")) fold.classList.remove("toggle-hidden");
    });
    await page.evaluate(() => window.MathJax?.startup?.promise);
    await page.evaluate(axe);
    const result = await page.evaluate((tags) => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), TAGS);
    for (const violation of result.violations) {
      for (const node of violation.nodes) {
        found.violations.push({ page: url, scheme: name, rule: violation.id, where: node.target.join(" "),
          html: node.html.slice(0, 200), why: node.failureSummary });
      }
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 1) found.violations.push({ page: url, scheme: name, rule: "page scrolls sideways", where: "html", html: "", why: `${wide} px` });
    await page.close();
  }
  await context.close();
}
await browser.close();
process.stdout.write(JSON.stringify(found));
