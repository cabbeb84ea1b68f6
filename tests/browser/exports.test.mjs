// Exports: written in the workspace, their rows looked at there, then pulled into tables and asked in SQL.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { journey } from './journey.mjs';
import { judge } from './judge.mjs';
import {
  REQUEST_FOR_A_PERSON,
  inQueue,
  openConversations,
  saidBy,
  startConversation,
} from './workspace.mjs';

// The operator's command line; its environment leads to the stack.
async function sparkbridge(...parameters) {
  const { stdout } = await promisify(execFile)(process.env.SPARKBRIDGE, [...parameters, '--json']);
  return JSON.parse(stdout);
}

const fileOf = (page, type) =>
  page
    .getByRole('table', { name: 'Files' })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: type, exact: true }) });

journey('what was said is exported, looked at, and asked in SQL', {}, async (page) => {
  await openConversations(page);
  await startConversation(page, { contact: 'contact-exported', text: REQUEST_FOR_A_PERSON });
  await inQueue(page, 'New').waitFor();
  const conversation = page.url().split('/').at(-1);
  const said = await saidBy(page, 'Bot').count();
  assert.ok(said >= 1);

  await page.getByRole('link', { name: 'Exports', exact: true }).click();
  const form = page.getByRole('form', { name: 'Write exports' });
  // When topics came is another test's own to decide.
  await form.getByRole('checkbox', { name: 'Topics', exact: true }).uncheck();
  await form.getByRole('button', { name: 'Write exports' }).click();
  const file = fileOf(page, 'Messages').first();
  await file.waitFor();
  const path = (await file.innerText()).match(/\/export\/\S+\.csv/)?.[0];
  assert.ok(path, `no path in ${await file.innerText()}`);
  await file.getByRole('link', { name: /^Rows/ }).click();
  const rows = page
    .getByRole('table', { name: 'Rows' })
    .getByRole('row')
    .filter({ hasText: conversation });
  await rows.filter({ hasText: REQUEST_FOR_A_PERSON }).waitFor();
  const inbound = 1;
  assert.equal(await rows.count(), inbound + said);

  await sparkbridge('exports', 'pull');
  const counted = await sparkbridge(
    'exports',
    'query',
    `SELECT direction, count(*) AS n FROM messages WHERE export_file = '${path}'
     AND conversation_id = '${conversation}' GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(counted, [
    { direction: 'Inbound', n: inbound },
    { direction: 'Outbound', n: said },
  ]);

  const folder = await mkdtemp(join(tmpdir(), 'sparkbridge-report-'));
  const report = join(folder, 'report.html');
  const day = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  await sparkbridge('exports', 'report', '--from', day(1), '--to', day(0), '--output', report);
  const open = (page) => page.goto(pathToFileURL(report).href);
  await judge(page, [['the report', open]]);
  await page.getByRole('region', { name: 'Volume' }).getByRole('img').first().waitFor();
  await rm(folder, { recursive: true });
});

journey('a file that is half there says so until it is finished', {}, async (page) => {
  await page.goto('/workspace/exports');
  const form = page.getByRole('form', { name: 'Write exports' });
  for (const box of await form.getByRole('checkbox').all()) await box.uncheck();
  await form.getByRole('checkbox', { name: 'Users', exact: true }).check();
  await form.getByText('Faults: ').click();
  await form.getByRole('checkbox', { name: 'Half written' }).check();
  await form.getByRole('button', { name: 'Write exports' }).click();
  const half = fileOf(page, 'Users').first().getByText('Half written');
  await half.waitFor();
  await page.getByRole('button', { name: 'Complete all files' }).click();
  await half.waitFor({ state: 'detached' });
});
