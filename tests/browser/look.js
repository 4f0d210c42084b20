// Pages looked at as people see them: four languages, two themes, phone and desk. Nothing that axe finds, nothing that is
// wider than its window, and a picture of each.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = `${process.env.SCREENSHOTS ?? new URL('../../target/screenshots', import.meta.url).pathname}/`;
const views = [['light', 375], ['dark', 375], ['light', 1280], ['dark', 1280]];

/** Looks at each page with the cookies of `context`, and gives what was found wrong. `ready` prepares a page. */
export async function look(portal, context, pages, ready = async () => {}) {
  mkdirSync(shots, { recursive: true });
  // What the test itself brings into the page needs an exception from the policy.
  const tester = await portal.browser.newContext({
    ignoreHTTPSErrors: true, bypassCSP: true, storageState: await context.storageState(),
  });
  const page = await tester.newPage();
  const found = [];
  for (const language of ['en', 'de', 'ms', 'ar']) {
    await page.goto(`${portal.portal}/language/${language}?next=/help`);
    for (const [name, path] of Object.entries(pages)) {
      for (const [scheme, width] of views) {
        const where = `${name}-${language}-${scheme}-${width}`;
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: scheme });
        await page.goto(portal.portal + path);
        await ready(page);
        if (await page.locator('html').getAttribute('lang') !== language) found.push(`${where}: in another language`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        for (const one of violations) found.push(`${where}: ${one.id}: ${one.nodes.map(n => n.target).join(' ')}`);
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1)) found.push(`${where}: too wide`);
        await page.screenshot({ path: `${shots}${where}.png`, fullPage: true });
      }
    }
  }
  await tester.close();
  return found;
}

/** How many bytes a page takes with everything that it loads, with nothing kept from before. */
export async function weigh(portal, context, path) {
  const fresh = await portal.browser.newContext({ ignoreHTTPSErrors: true, storageState: await context.storageState() });
  const page = await fresh.newPage();
  const bodies = [];
  page.on('response', answer => bodies.push(answer.body().then(body => body.length, () => 0)));
  await page.goto(portal.portal + path, { waitUntil: 'networkidle' });
  const bytes = (await Promise.all(bodies)).reduce((sum, one) => sum + one, 0);
  await fresh.close();
  return bytes;
}
