// Pages looked at as people see them: four languages, two themes, phone, tablet and desk. Nothing that axe finds, nothing
// that is wider than its window, nothing heavy, and a picture of each.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = `${process.env.SCREENSHOTS ?? new URL('../../target/screenshots', import.meta.url).pathname}/`;
mkdirSync(shots, { recursive: true });

export const languages = ['en', 'de', 'ms', 'ar'];
/** A page with all that it loads. Less than this, and nothing was weighed. */
const bytesMin = 20000;
const bytesMax = 60000;

/** English stands for the others where only theme and width differ. */
const views = language => [['light', 375], ['dark', 1280], ...(language === 'en' ? [['dark', 375], ['light', 768]] : [])];

const ofPages = { resultTypes: ['violations'] };
/** What a theme changes. For the other rules English is looked at in each view, and every language in one. */
const ofThemes = { ...ofPages, runOnly: ['color-contrast', 'link-in-text-block'] };
/** A letter stands within a page of whoever shows it, which has these. */
const ofLetters = { ...ofPages, rules: { 'landmark-one-main': { enabled: false }, region: { enabled: false } } };

/** For a browser window in which pages are looked at: what a test itself brings in needs an exception from their policy. */
export const lookable = { bypassCSP: true };

/**
 * Looks at each page with the cookies of `context`, and gives what was found wrong. `ready` prepares a page. All languages
 * at once: one browser alone does not keep a machine busy.
 */
export async function look(portal, context, pages, { ready = async () => {}, prefix = '' } = {}) {
  const storageState = await context.storageState();
  const lookIn = async language => {
    const tester = await portal.browser.newContext({ ignoreHTTPSErrors: true, ...lookable, storageState });
    const page = await tester.newPage();
    await page.goto(`${portal.portal}/language/${language}?next=/help`);
    const found = [];
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(portal.portal + path);
      await ready(page);
      const spoken = await page.locator('html').getAttribute('lang');
      if (spoken !== language) found.push(`${prefix}${name}: ${spoken} in place of ${language}`);
      found.push(...await lookHere(page, prefix + name));
    }
    await tester.close();
    return found;
  };
  return (await Promise.all(languages.map(lookIn))).flat();
}

/** Looks at the page that is open, as it is: also one that would not come a second time, or a letter. */
export async function lookHere(page, name, { isPage = true } = {}) {
  const language = await page.locator('html').getAttribute('lang');
  const found = [];
  if (isPage) {
    const bytes = await weight(page);
    if (bytes < bytesMin || bytes >= bytesMax) found.push(`${name}-${language}: ${bytes} bytes`);
  }
  await page.evaluate(axe);
  for (const [scheme, width] of views(language)) {
    const where = `${name}-${language}-${scheme}-${width}`;
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const rules = language !== 'en' && scheme === 'dark' ? ofThemes : isPage ? ofPages : ofLetters;
    const { violations } = await page.evaluate(rules => globalThis.axe.run(document, rules), rules);
    for (const one of violations) found.push(`${where}: ${one.id}: ${one.nodes.map(n => n.target).join(' ')}`);
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1)) found.push(`${where}: too wide`);
    await page.screenshot({ path: `${shots}${where}.png`, fullPage: true });
  }
  return found;
}

/** How many bytes the page takes with everything that it has loaded, each thing once, also from the browser's store. */
function weight(page) {
  return page.evaluate(() => {
    const loaded = ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind));
    const each = new Map(loaded.map(one => [one.name.replace(/#.*/, ''), one.decodedBodySize]));
    return [...each.values()].reduce((sum, one) => sum + one, 0);
  });
}
