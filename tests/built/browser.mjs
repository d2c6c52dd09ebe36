// What the scripts that show pages share: a quiet Chromium, and a record of all that a page asks for or is refused.
import { createRequire } from "node:module";
import { join } from "node:path";

export const launch = (modules, executablePath) => {
  const { chromium } = createRequire(join(modules, "package.json"))("playwright-core");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
};

// Adds to found.requests, .errors and .refused. `site` is an address whose files are the page's own.
export const watch = async (page, name, found, site = "file:///") => {
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site) && !/^(data|blob):/.test(url)) found.requests.push(`${name}: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) found.errors.push(`${name}: ${response.status()} for ${response.url()}`);
  });
  page.on("pageerror", (error) => found.errors.push(`${name}: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) found.refused.push(`${name}: ${message.text()}`);
  });
  await page.exposeFunction("recordRefusal", (text) => found.refused.push(`${name}: ${text}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      recordRefusal(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
    });
  });
};
