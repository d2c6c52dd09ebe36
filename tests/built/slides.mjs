// Pages through slides in Chromium from their files; prints the pictures seen, what runs off a slide, and what was asked for.
// node slides.mjs MODULES BROWSER PAGE...
import { launch, watch } from "./browser.mjs";

const [modules, executable, ...pages] = process.argv.slice(2);
const browser = await launch(modules, executable);
const context = await browser.newContext({ viewport: { width: 1280, height: 768 }, reducedMotion: "reduce" });
const found = { requests: [], errors: [], refused: [], decks: {} };

// Runs in the page: what stands on the slide that is shown.
const look = () => {
  const slide = Reveal.getCurrentSlide();
  const pictures = [...slide.querySelectorAll("img")];
  const shown = pictures.filter((picture) => picture.naturalWidth > 50 && picture.getBoundingClientRect().width > 50);
  const bottoms = [...slide.children].filter((one) => one.tagName !== "ASIDE").map((one) => one.getBoundingClientRect().bottom);
  return {
    title: slide.querySelector("h1, h2")?.textContent.replace("¶", "").trim() ?? "",
    pictures: pictures.length,
    shown: shown.length,
    words: pictures.filter((picture) => picture.alt.trim()).length,
    evidence: slide.querySelectorAll(".evidence").length,
    below: Math.round(Math.max(0, ...bottoms) - window.innerHeight),
  };
};

for (const url of pages) {
  const page = await context.newPage();
  await watch(page, url, found);
  await page.goto(url, { waitUntil: "load" });
  await page.waitForFunction(() => window.Reveal?.isReady?.());
  await page.evaluate(() => window.MathJax?.startup?.promise);
  const slides = [];
  for (let left = await page.evaluate(() => Reveal.getTotalSlides()); left > 0; left -= 1) {
    slides.push(await page.evaluate(look));
    await page.keyboard.press("Space");
  }
  found.decks[url] = slides;
  await page.close();
}
await browser.close();
process.stdout.write(JSON.stringify(found));
