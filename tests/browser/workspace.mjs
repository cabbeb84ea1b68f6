// The workspace by what it calls its things: nothing here looks at the pages' insides.

export const REQUEST_FOR_A_PERSON = 'I want to talk to a human';

export const openConversations = async (page) => {
  await page.goto('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
};

export const startForm = (page) =>
  page.getByRole('form', { name: 'Start a conversation as a customer' });

// A channel of that name, or a new one of that medium.
export async function chooseChannel(page, name) {
  const channels = startForm(page).getByLabel('Channel');
  const option = channels.locator('option').filter({ hasText: new RegExp(`^\\s*${name}`) });
  await channels.selectOption(await option.first().getAttribute('value'));
}

export async function startConversation(page, { contact, channel = 'Web chat', text }) {
  const form = startForm(page);
  await form.getByLabel('Contact').fill(contact);
  await chooseChannel(page, channel);
  await form.getByLabel('First message').fill(text);
  await form.getByRole('button', { name: 'Start' }).click();
  await page.waitForURL(/\/workspace\/conversations\/[^/]+$/);
}

export const region = (page, name) => page.getByRole('region', { name, exact: true });
export const messages = (page) =>
  region(page, 'Conversation').getByRole('log', { name: 'Messages' });

// The messages of one side, oldest first: `who` is Customer, Bot or Agent.
export const saidBy = (page, who, text = '') =>
  messages(page)
    .getByRole('article')
    .filter({ hasText: new RegExp(`^\\s*${who}`) })
    .filter({ hasText: text });

export async function writeAsCustomer(page, text) {
  const form = page.getByRole('form', { name: 'Write as the customer' });
  await form.getByLabel('Message as the customer').fill(text);
  await form.getByRole('button', { name: 'Send as customer' }).click();
}

export async function replyAsAgent(page, text) {
  const form = page.getByRole('form', { name: 'Reply as an agent' });
  await form.getByRole('textbox', { name: 'Reply' }).fill(text);
  await form.getByRole('button', { name: 'Send reply' }).click();
}

export const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

// What Sparkcentral knows: Queue, Owner, Topics and so on.
export const known = (page, what, pattern) =>
  region(page, 'What Sparkcentral knows')
    .locator('dl > div')
    .filter({ has: page.getByRole('term').filter({ hasText: new RegExp(`^${what}$`) }) })
    .filter({ has: page.getByRole('definition').filter({ hasText: pattern }) });
export const inQueue = (page, queue) => known(page, 'Queue', new RegExp(`^${queue}$`));
export const ownedBy = (page, pattern) => known(page, 'Owner', pattern);

// A part of what Sparkbridge did: State, Webhooks, Turns, Outbox, REST calls.
export const did = (page, part) =>
  region(page, 'What Sparkbridge did').getByRole('region', { name: part, exact: true });
