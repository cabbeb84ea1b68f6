// Faults: switched on in the workspace, and what Sparkbridge does about them.
import assert from 'node:assert/strict';

import { journey } from './journey.mjs';
import {
  REQUEST_FOR_A_PERSON,
  did,
  inQueue,
  openConversations,
  saidBy,
  startConversation,
  writeAsCustomer,
} from './workspace.mjs';

// A conversation that the bot has answered; its address.
async function begun(page, contact) {
  await openConversations(page);
  await startConversation(page, { contact, text: 'Hello' });
  await saidBy(page, 'Bot', 'virtual assistant').first().waitFor();
  return page.url();
}

const idOf = (address) => address.split('/').at(-1);

// For one conversation; `times` it strikes.
async function switchOn(page, fault, times, conversation) {
  await page.getByRole('link', { name: 'Faults', exact: true }).click();
  const button = page.getByRole('button', { name: `Switch on ${fault}`, exact: true });
  const form = page.getByRole('form').filter({ has: button });
  await form.getByLabel('Times').fill(String(times));
  await form.getByLabel('Conversation').fill(idOf(conversation));
  await button.click();
  await row(page, fault, conversation).waitFor();
}

const row = (page, fault, conversation) =>
  page
    .getByRole('table', { name: 'Faults' })
    .getByRole('row', { name: new RegExp(`^${fault}`, 'i') })
    .filter({ hasText: idOf(conversation) });

journey('a reply that meets server errors is sent again until it is there', {}, async (page) => {
  const conversation = await begun(page, 'contact-fault');
  await switchOn(page, 'server error', 2, conversation);
  await page.goto(conversation);
  await writeAsCustomer(page, REQUEST_FOR_A_PERSON);

  const calls = did(page, 'REST calls');
  await calls.getByText(/^500, refused/).nth(1).waitFor();
  await inQueue(page, 'New').waitFor();
  const reply = did(page, 'Outbox').getByRole('listitem').filter({ hasText: 'A colleague will' });
  await reply.getByText('sent', { exact: true }).waitFor();
  await reply.getByRole('group').click();
  await reply.getByRole('definition').filter({ hasText: /^3$/ }).waitFor();
  assert.equal(await calls.getByText(/^500, refused/).count(), 2);
  assert.equal(await saidBy(page, 'Bot', 'A colleague will').count(), 1);

  await page.goto('/workspace/faults');
  await row(page, 'server error', conversation)
    .getByRole('cell', { name: '2', exact: true })
    .waitFor();
  await page.getByRole('button', { name: 'Switch all off' }).click();
  await row(page, 'server error', conversation).waitFor({ state: 'detached' });
});

journey('a webhook that comes twice is one turn', {}, async (page) => {
  const conversation = await begun(page, 'contact-twice');
  await switchOn(page, 'duplicate webhook', 1, conversation);
  await page.goto(conversation);
  await writeAsCustomer(page, 'What are your opening hours?');
  await did(page, 'Webhooks').getByText(/copy 1/).waitFor();
  await did(page, 'Turns').getByText(/opening hours/).waitFor();
  await saidBy(page, 'Bot', 'Monday to Friday').waitFor();
  assert.equal(await did(page, 'Turns').getByText(/opening hours/).count(), 1);
  assert.equal(await saidBy(page, 'Bot', 'Monday to Friday').count(), 1);
});
