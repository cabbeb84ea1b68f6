// Every page, judged by axe, light and dark, at the width of a desktop and of a phone; none scrolls sideways.
import assert from 'node:assert/strict';

import { journey } from './journey.mjs';
import { judge } from './judge.mjs';
import { did, startForm } from './workspace.mjs';

async function simulate(path, body) {
  const answer = await fetch(new URL(path, process.env.WORKSPACE_URL), {
    method: 'POST',
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

// A page is its path, or a name and how to open it.
const at = (path) => [path, (page) => page.goto(path)];
const QUEUES = ['New', 'Pending', 'Resolved'].map((queue) => at(`/workspace?queue=${queue}`));
const LISTS = ['channels', 'exports', 'faults'].map((list) => at(`/workspace/${list}`));

const conversation = ({ id }) => [
  `/workspace/conversations/${id}`,
  async (page) => {
    await page.goto(`/workspace/conversations/${id}`);
    await did(page, 'State').getByRole('definition').first().waitFor();
  },
];

// A form that is refused: the page with its alert.
const refused = (path, submit) => [
  `${path}, refused`,
  async (page) => {
    await page.goto(path);
    await page.evaluate(() => document.querySelectorAll('form').forEach((form) => (form.noValidate = true)));
    await submit(page);
    await page.getByRole('alert').first().waitFor();
  },
];

journey('the pages are accessible while they are empty', {}, (page) =>
  judge(page, [...QUEUES, ...LISTS]),
);

journey('the pages are accessible with all that can be in them', {}, async (page) => {
  const begin = (contact, text) =>
    simulate('/sim/conversations', {
      medium: 'smooch-rtm',
      channel: 'Web chat',
      contact,
      text,
      wait: true,
    });
  const long = `https://www.example.com/${'a-long-path-'.repeat(20)}`;
  const [withBot, withPeople, resolved] = [
    await begin('contact-bot', `Hello, what about ${long}`),
    await begin('contact-people', 'I want to talk to a human'),
    await begin('contact-resolved', 'Hello'),
  ];
  for (const { id } of [withPeople, resolved]) {
    await simulate(`/sim/conversations/${id}/take`, { agent: 'agent-1' });
    await simulate(`/sim/conversations/${id}/reply`, { text: 'Here I am.' });
  }
  await simulate(`/sim/conversations/${resolved.id}/resolve`, {});
  const name = `Shop ${process.pid}`;
  const channel = await simulate('/sim/channels', { medium: 'whatsapp', name });
  const twitter = await simulate('/sim/channels', { medium: 'twit' });
  await simulate('/sim/exports', {});
  await simulate('/sim/exports', { types: ['messages'], faults: ['half_written'] });
  await simulate('/sim/faults', { fault: 'server_error', conversation: withBot.id, count: 3 });

  await page.goto('/workspace/exports');
  const rows = await page.getByRole('link', { name: /^Rows/ }).first().getAttribute('href');
  await judge(page, [
    ...QUEUES,
    ...LISTS,
    ...[withBot, withPeople, resolved].map(conversation),
    at(`/workspace/channels/${channel.id}`),
    at(`/workspace/channels/${twitter.id}`),
    at(twitter.authorize_url),
    at(rows),
    at('/workspace/conversations/unknown'),
    at('/workspace/channels/unknown'),
    refused('/workspace', (page) => startForm(page).getByRole('button', { name: 'Start' }).click()),
    refused(`/workspace/conversations/${resolved.id}`, (page) =>
      page.getByRole('button', { name: 'Send as customer' }).click(),
    ),
    refused('/workspace/channels', (page) =>
      page.getByRole('button', { name: 'Add', exact: true }).click(),
    ),
    refused('/workspace/exports', async (page) => {
      const types = page.getByRole('group', { name: 'Types' }).getByRole('checkbox');
      for (const box of await types.all()) await box.uncheck();
      await page.getByRole('button', { name: 'Write exports' }).click();
    }),
    refused('/workspace/faults', async (page) => {
      await page.getByLabel('Times').first().fill('0');
      await page.getByRole('button', { name: /^Switch on/ }).first().click();
    }),
  ]);
});
