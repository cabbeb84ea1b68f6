// Keys only, as somebody without a mouse has them.
import assert from 'node:assert/strict';

const MOST_STOPS = 150;

// Presses Tab until the focus is there; wherever it stops, it must be seen.
export async function tabTo(page, target) {
  await target.waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) {
      await assertFocusShows(page);
      return;
    }
  }
  assert.fail(`${MOST_STOPS} times Tab do not lead to ${target}`);
}

export async function typeInto(page, field, text) {
  await tabTo(page, field);
  // What is in a field is marked when Tab leads there, but not in one of several lines.
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
  assert.equal(await field.inputValue(), text);
}

export async function assertFocusShows(page) {
  const seen = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return {
      element: document.activeElement.outerHTML.slice(0, 120),
      outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    };
  });
  assert.ok(seen.outline, `the focus cannot be seen on ${seen.element}`);
}
