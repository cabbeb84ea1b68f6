// A conversation, from the customer's first word to the end: with a mouse, with keys, and without script.
import assert from 'node:assert/strict';

import { journey, reloadUntil } from './journey.mjs';
import { assertFocusShows, tabTo, typeInto } from './keyboard.mjs';
import {
  REQUEST_FOR_A_PERSON,
  chooseChannel,
  did,
  inQueue,
  known,
  openConversations,
  ownedBy,
  press,
  replyAsAgent,
  saidBy,
  startConversation,
  startForm,
  writeAsCustomer,
} from './workspace.mjs';

const queue = (page, name) => page.getByRole('link', { name: new RegExp(`^${name}\\b`) });

journey('the bot answers, a person takes over, replies and resolves', {}, async (page) => {
  await openConversations(page);
  assert.match(page.url(), /\/workspace(\?.*)?$/);
  await startConversation(page, { contact: 'contact-1', text: 'Hello' });
  await saidBy(page, 'Customer', 'Hello').waitFor();

  // Somebody else looks on, and never loads the page again.
  const watcher = await page.context().newPage();
  await watcher.goto(page.url());
  await saidBy(watcher, 'Bot', 'virtual assistant').first().waitFor();

  await writeAsCustomer(page, 'What are your opening hours?');
  await saidBy(watcher, 'Customer', 'opening hours?').waitFor();
  await saidBy(watcher, 'Bot', 'Monday to Friday').waitFor();
  await did(watcher, 'Webhooks').getByText(/^200, message/).first().waitFor();
  await inQueue(watcher, 'Pending').waitFor();

  await writeAsCustomer(page, REQUEST_FOR_A_PERSON);
  await inQueue(watcher, 'New').waitFor();
  await known(watcher, 'Topics', /contact-asked/).waitFor();
  await did(watcher, 'State').getByText('With agent', { exact: true }).waitFor();
  await did(watcher, 'Outbox').getByRole('listitem').filter({ hasText: /Handover to people.*\bsent/s }).waitFor();

  await inQueue(page, 'New').waitFor();
  await press(page, 'Take');
  await ownedBy(page, /agent-1/).waitFor();
  await ownedBy(watcher, /agent-1/).waitFor();
  await replyAsAgent(page, 'Here I am.');
  await saidBy(watcher, 'Agent', 'Here I am.').waitFor();
  await press(page, 'Resolve');
  await inQueue(page, 'Resolved').waitFor();
  await inQueue(watcher, 'Resolved').waitFor();

  await page.getByRole('link', { name: 'Conversations', exact: true }).click();
  await queue(page, 'Resolved').click();
  await page.getByRole('link', { name: /contact-1/ }).first().click();
  await saidBy(page, 'Agent', 'Here I am.').waitFor();
});

journey('what somebody has begun stays while the page changes around it', {}, async (page) => {
  await openConversations(page);
  await startConversation(page, { contact: 'contact-draft', text: 'Hello' });
  const webhooks = did(page, 'Webhooks');
  await webhooks.getByRole('listitem').first().locator('summary').click();
  const reply = page.getByRole('textbox', { name: 'Reply' });
  await reply.fill('Half a sent');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await writeAsCustomer(other, 'What are your opening hours?');
  await saidBy(page, 'Bot', 'Monday to Friday').waitFor();
  await webhooks.getByText('message received').nth(1).waitFor();

  assert.equal(await reply.inputValue(), 'Half a sent');
  await page.keyboard.type('ence');
  assert.equal(await reply.inputValue(), 'Half a sentence', 'the focus is still there');
  assert.equal(await webhooks.locator('details[open]').count(), 1, 'what was opened is open');
});

journey('an agent gives a conversation back to the bot', {}, async (page) => {
  await openConversations(page);
  const text = REQUEST_FOR_A_PERSON;
  await startConversation(page, { contact: 'contact-back', text });
  await inQueue(page, 'New').waitFor();
  await press(page, 'Take');
  await ownedBy(page, /agent-1/).waitFor();
  await press(page, 'Delegate to the bot');
  await saidBy(page, 'Bot', 'here to help again').waitFor();
});

journey('what is wrong is said on the page, and what was typed stays', {}, async (page) => {
  await openConversations(page);
  const form = startForm(page);
  // A browser asks for what is required by itself; who comes around that is told by the page.
  await form.evaluate((element) => (element.noValidate = true));
  await form.getByLabel('Contact').fill('contact-kept');
  await chooseChannel(page, 'Facebook');
  await form.getByLabel('First message').fill('');
  await form.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await form.getByLabel('Contact').inputValue(), 'contact-kept');
  assert.equal(await form.getByLabel('Channel').locator('option:checked').innerText(), 'Facebook');
});

journey('the keyboard alone does', {}, async (page) => {
  await openConversations(page);
  await page.keyboard.press('Tab');
  await assertFocusShows(page);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  await page.keyboard.press('Enter');

  const form = startForm(page);
  await typeInto(page, form.getByLabel('Contact'), 'contact-keys');
  await tabTo(page, form.getByLabel('Channel'));
  await page.keyboard.type('Face');
  assert.equal(await form.getByLabel('Channel').locator('option:checked').innerText(), 'Facebook');
  await typeInto(page, form.getByLabel('First message'), REQUEST_FOR_A_PERSON);
  await tabTo(page, form.getByRole('button', { name: 'Start' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/workspace\/conversations\/[^/]+$/);
  await inQueue(page, 'New').waitFor();

  const button = (name) => page.getByRole('button', { name, exact: true });
  await tabTo(page, button('Take'));
  await page.keyboard.press('Enter');
  await ownedBy(page, /agent-1/).waitFor();
  await typeInto(page, page.getByRole('textbox', { name: 'Reply' }), 'Typed with keys.');
  await tabTo(page, button('Send reply'));
  await page.keyboard.press('Enter');
  await saidBy(page, 'Agent', 'Typed with keys.').waitFor();
  await tabTo(page, button('Resolve'));
  await page.keyboard.press('Enter');
  await inQueue(page, 'Resolved').waitFor();
});

journey('it works without script', { javaScriptEnabled: false }, async (page) => {
  const until = (what, locator) =>
    reloadUntil(page, what, async () => (await locator.count()) > 0);
  await openConversations(page);
  const contact = 'contact-plain';
  await startConversation(page, { contact, text: 'Hello' });
  await until('the bot greets', saidBy(page, 'Bot', 'virtual assistant'));
  await writeAsCustomer(page, REQUEST_FOR_A_PERSON);
  await until('it is handed over', inQueue(page, 'New'));
  await press(page, 'Take');
  await ownedBy(page, /agent-1/).waitFor();
  await replyAsAgent(page, 'Without script.');
  await saidBy(page, 'Agent', 'Without script.').waitFor();
  await press(page, 'Resolve');
  await inQueue(page, 'Resolved').waitFor();
});
