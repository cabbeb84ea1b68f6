// Channels: added in the workspace, Twitter's on Twitter's own page.
import assert from 'node:assert/strict';

import { journey } from './journey.mjs';
import { openConversations, saidBy, startConversation } from './workspace.mjs';

// Of this run's own: the same stack can be used again.
const own = (name) => `${name}_${process.pid}`;

const channels = (page) => page.getByRole('table', { name: 'Channels' });

async function addChannel(page, medium, name) {
  await page.goto('/workspace/channels');
  const form = page.getByRole('form', { name: 'Add a channel' });
  await form.getByLabel('Medium').selectOption({ label: medium });
  if (name) await form.getByLabel('Name').fill(name);
  await form.getByRole('button', { name: 'Add' }).click();
}

async function onTwittersPage(page) {
  await page.getByRole('heading', { name: 'Authorize Sparkcentral' }).waitFor();
}

journey('a Twitter channel comes from Twitter’s page, and the bot answers on it', {}, async (page) => {
  await addChannel(page, 'Twitter');
  await onTwittersPage(page);
  await page.getByLabel('Handle').fill(`@${own('shop')}`);
  await page.getByRole('button', { name: 'Authorize app' }).click();
  await page.waitForURL(/\/workspace\/channels\/[^/]+$/);
  await page.getByRole('heading', { name: own('shop'), level: 1 }).waitFor();

  await page.getByRole('link', { name: 'Channels', exact: true }).click();
  await channels(page).getByRole('row').filter({ hasText: own('shop') }).waitFor();

  await openConversations(page);
  const [contact, channel] = ['contact-twitter', own('shop')];
  await startConversation(page, { contact, channel, text: 'Hello' });
  await saidBy(page, 'Bot', 'virtual assistant').first().waitFor();
});

journey('a cancellation on Twitter’s page adds nothing', {}, async (page) => {
  await addChannel(page, 'Twitter');
  await onTwittersPage(page);
  await page.getByLabel('Handle').fill(`@${own('never')}`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').filter({ hasText: /cancelled/ }).waitFor();
  await page.getByRole('link', { name: 'Channels', exact: true }).click();
  await page.getByRole('heading', { name: 'Add a channel' }).waitFor();
  assert.equal(await page.getByRole('row').filter({ hasText: own('never') }).count(), 0);
});

journey('a handle that has a channel already is refused in words', {}, async (page) => {
  for (const outcome of ['added', 'refused']) {
    await addChannel(page, 'Twitter');
    await onTwittersPage(page);
    await page.getByLabel('Handle').fill(`@${own('twice')}`);
    await page.getByRole('button', { name: 'Authorize app' }).click();
    if (outcome === 'added') await page.waitForURL(/\/workspace\/channels\/[^/]+$/);
  }
  await page.getByRole('alert').filter({ hasText: 'has been added' }).waitFor();
});

journey('other channels are added by name', {}, async (page) => {
  await addChannel(page, 'WhatsApp', own('whatsapp'));
  await page.goto('/workspace/channels');
  const row = channels(page).getByRole('row').filter({ hasText: own('whatsapp') });
  await row.filter({ hasText: 'WhatsApp' }).waitFor();
});
