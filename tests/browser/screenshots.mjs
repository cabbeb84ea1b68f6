// Takes each page as an image, at the width of a desktop and of a phone, light and dark:
//   node tests/browser/screenshots.mjs BASE_URL FOLDER [PATH…]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from './chromium.mjs';

const [base, folder, ...given] = process.argv.slice(2);
if (!base || !folder) {
  console.error('screenshots: which pages, and where to: screenshots.mjs BASE_URL FOLDER [PATH…]');
  process.exit(2);
}
const paths = given.length
  ? given
  : [
      '/workspace?queue=New',
      '/workspace?queue=Pending',
      '/workspace?queue=Resolved',
      '/workspace/channels',
      '/workspace/exports',
      '/workspace/faults',
    ];

const nameOf = (path) => path.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-|-$/g, '').slice(0, 60) || 'start';

await mkdir(folder, { recursive: true });
const browser = await launch();
let failed = false;
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 390]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    for (const path of paths) {
      // Not `networkidle`: a page stays connected to the server's changes.
      const answer = await page.goto(new URL(path, base).href, { waitUntil: 'load' });
      const file = join(folder, `${nameOf(path)}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true });
      failed ||= !answer.ok();
      console.log(`${answer.status()} ${path} → ${file}`);
    }
    await context.close();
  }
}
await browser.close();
process.exitCode = failed ? 1 : 0;
