// The clipboard of the display is one for all: everything that touches it stands in this file, whose tests run in turn.
import { run } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { SOON, soon } from './soon.ts';

const clipboard = () => run(['xclip', '-selection', 'clipboard', '-o'], {}).catch(() => '');

/** What the window says once the time of a copy is over. */
const told = (desk: Desk) => desk.toasts.filter({ hasText: 'The copied value is no longer on the clipboard.' });

test.beforeEach(() => run(['sh', '-c', 'printf untouched | xclip -selection clipboard >/dev/null 2>&1'], {}));

test('a value is copied past the window and leaves the clipboard after 30 seconds', async ({ desk, colleague, bridge }) => {
  await colleague.create({ name: 'token', value: 'fake-token' });
  await desk.openList('1 secret');
  await desk.catalog.open('token');
  await desk.detail.copyButton.click();
  await expect(desk.toasts).toContainText('The clipboard is cleared in 30 s');
  await expect.poll(clipboard, SOON).toBe('fake-token');
  expect(await desk.page.content(), 'the value never was in the page').not.toContain('fake-token');

  await bridge.advance(28);
  expect(await clipboard()).toBe('fake-token');
  await bridge.advance(3);
  await expect(told(desk)).toBeVisible();
  await expect.poll(clipboard, SOON).not.toContain('fake-token');
});

test('one field is copied alone', async ({ desk, colleague }) => {
  await colleague.create({ name: 'app/db', value: { username: 'ops', password: 'fake-password' } });
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.detail.showKeysButton.click();
  await desk.detail.copyField('password');
  await expect.poll(clipboard, SOON).toBe('fake-password');
});

test('what somebody else has copied since is left alone', async ({ desk, colleague, bridge }) => {
  await colleague.create({ name: 'token', value: 'fake-token' });
  await desk.openList('1 secret');
  await desk.catalog.open('token');
  await desk.detail.copyButton.click();
  await expect.poll(clipboard, SOON).toBe('fake-token');
  await run(['sh', '-c', 'printf mine | xclip -selection clipboard >/dev/null 2>&1'], {});
  await bridge.advance(31);
  await expect(told(desk)).toBeVisible();
  expect(await clipboard()).toBe('mine');
});

test('the lines for a terminal make the AWS CLI work on what the window shows', async ({ desk }) => {
  await desk.open();
  await desk.chooseInMenu('Use from a terminal');
  await expect(desk.toasts).toContainText('Terminal settings copied');
  await expect.poll(clipboard, SOON).toContain('export AWS_ACCESS_KEY_ID=');
  const lines = await clipboard();
  expect(await desk.page.content(), 'the credentials never were in the page').not.toContain(
    lines.match(/AWS_SECRET_ACCESS_KEY=(\w+)/)![1],
  );

  const aws = `${import.meta.dirname}/../.venv/bin/aws`;
  await run(['sh', '-euc', `${lines}\n${aws} secretsmanager create-secret --name from/terminal --secret-string fake`], {});
  await desk.page.keyboard.press('F5');
  await desk.catalog.expectNames('from/terminal');
});

test('the diagnostics are looked at, then copied, without a name of anything', async ({ desk, colleague, bridge }) => {
  await colleague.create({ name: 'fake/secret-name', value: 'fake' });
  await desk.open();
  await desk.catalog.open('fake/secret-name');
  await desk.page.getByRole('button', { name: 'Help' }).click();
  await desk.page.getByRole('button', { name: 'Diagnostics…' }).click();
  const shown = desk.page.getByTestId('diagnostics');
  await expect(shown, 'it is looked at first').toContainText('DescribeSecret 200');
  await expectAccessible(desk);
  const text = (await shown.innerText()).trimEnd();
  expect(await clipboard()).toBe('untouched');
  await desk.page.getByRole('button', { name: 'Copy diagnostics' }).click();
  await expect(desk.toasts).toContainText('The diagnostics are on the clipboard');
  await expect.poll(async () => (await clipboard()).trimEnd(), soon('what was looked at is copied')).toBe(text);
  expect(text).toMatch(/^Latchkey \d+\.\d+\.\d+\n/);
  expect(text).toContain('- 1 × local vault, ready');
  for (const kept of ['secret-name', 'us-east-1', bridge.vault!.endpoint]) expect(text).not.toContain(kept);
});
