// Journeys of a person with a browser.
import { mkdir } from 'node:fs/promises';
import { after, test } from 'node:test';

import { launch } from './chromium.mjs';

// Generous: a function's first message starts a process, on cores that are busy.
export const STEP_WITHIN = 90_000;
const JOURNEY_WITHIN = 300_000;

// One for all journeys of a file.
let launched;
const browser = () => (launched ??= launch());
after(async () => (await launched)?.close());

// One journey: a person with a browser window of their own, which opens on the workspace's address.
// Where it fails, it tells what the page said then, to people as to screen readers, and keeps a picture.
export const journey = (name, options, act) =>
  test(name, { timeout: JOURNEY_WITHIN }, async () => {
    const context = await (await browser()).newContext({
      baseURL: process.env.WORKSPACE_URL,
      ...options,
    });
    context.setDefaultTimeout(STEP_WITHIN);
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error));
    try {
      await act(page);
      if (errors.length) throw errors[0];
    } catch (error) {
      await tellOf(page, name).catch((more) => console.error(`no picture: ${more.message}`));
      throw error;
    } finally {
      await context.close();
    }
  });

async function tellOf(page, name) {
  const folder = new URL('../../target/browser/', import.meta.url).pathname;
  await mkdir(folder, { recursive: true });
  const picture = `${folder}${name.replace(/[^A-Za-z0-9]+/g, '-')}.png`;
  console.error(`${page.url()} (${picture})\n${await page.locator('body').ariaSnapshot()}`);
  await page.screenshot({ path: picture, fullPage: true });
}

// Waits until `held` is true of a page that is loaded again and again: for pages without script.
export async function reloadUntil(page, what, held) {
  const deadline = Date.now() + STEP_WITHIN;
  while (!(await held())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await page.waitForTimeout(200);
    await page.reload();
  }
}
