// A page judged by axe, light and dark, at the width of a desktop and of a phone.
import assert from 'node:assert/strict';
import axe from 'axe-core';

const NARROWEST = 360;

async function found(page) {
  // What is folded away is not looked at.
  await page.evaluate(() => document.querySelectorAll('details').forEach((part) => (part.open = true)));
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const told = violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map((node) => `${impact}: ${id} (${help}): ${node.target.join(' ')}: ${node.failureSummary}`),
  );
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (sideways > 0) told.push(`it scrolls sideways by ${sideways} px`);
  return told;
}

// `pages` are names, each with how to open it. None may violate a rule, or scroll sideways.
export async function judge(page, pages) {
  const wrong = [];
  for (const [name, open] of pages) {
    await open(page);
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, NARROWEST]) {
        await page.setViewportSize({ width, height: 800 });
        const here = `${name} (${colorScheme}, ${width} px)`;
        wrong.push(...(await found(page)).map((what) => `${here}: ${what}`));
      }
    }
  }
  assert.deepEqual(wrong, []);
}
