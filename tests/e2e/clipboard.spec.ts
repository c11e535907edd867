// The clipboard of the display is one for all: everything that uses it is in this file, whose tests run one after the other.
import { run } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { SOON, soon } from './soon.ts';

const clipboard = () => run(['xclip', '-selection', 'clipboard', '-o'], {}).catch(() => '');

/** What the window says once the time of a copy is over. */
const told = (app: App) => app.toasts.filter({ hasText: 'The copied value is no longer on the clipboard.' });

test.beforeEach(() => run(['sh', '-c', 'printf untouched | xclip -selection clipboard >/dev/null 2>&1'], {}));

test('a value is copied past the window and leaves the clipboard after 30 seconds', async ({ app, colleague, bridge }) => {
  await colleague.create({ name: 'token', value: 'fake-token' });
  await app.openList('1 secret');
  await app.catalog.open('token');
  await app.detail.copyButton.click();
  await expect(app.toasts).toContainText('The clipboard is cleared in 30 s');
  await expect.poll(clipboard, SOON).toBe('fake-token');
  expect(await app.page.content(), 'the value never was in the page').not.toContain('fake-token');

  await bridge.advance(28);
  expect(await clipboard()).toBe('fake-token');
  await bridge.advance(3);
  await expect(told(app)).toBeVisible();
  await expect.poll(clipboard, SOON).not.toContain('fake-token');
});

test('one field is copied alone', async ({ app, colleague }) => {
  await colleague.create({ name: 'app/db', value: { username: 'ops', password: 'fake-password' } });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.showKeysButton.click();
  await app.detail.copyField('password');
  await expect.poll(clipboard, SOON).toBe('fake-password');
});

test('what somebody else has copied since is left alone', async ({ app, colleague, bridge }) => {
  await colleague.create({ name: 'token', value: 'fake-token' });
  await app.openList('1 secret');
  await app.catalog.open('token');
  await app.detail.copyButton.click();
  await expect.poll(clipboard, SOON).toBe('fake-token');
  await run(['sh', '-c', 'printf mine | xclip -selection clipboard >/dev/null 2>&1'], {});
  await bridge.advance(31);
  await expect(told(app)).toBeVisible();
  expect(await clipboard()).toBe('mine');
});

test('the lines for a terminal make the AWS CLI work on what the window shows', async ({ app }) => {
  await app.open();
  await app.chooseInMenu('Use from a terminal');
  await expect(app.toasts).toContainText('Terminal settings copied');
  await expect.poll(clipboard, SOON).toContain('export AWS_ACCESS_KEY_ID=');
  const lines = await clipboard();
  expect(await app.page.content(), 'the credentials never were in the page').not.toContain(
    lines.match(/AWS_SECRET_ACCESS_KEY=(\w+)/)![1],
  );

  const aws = `${import.meta.dirname}/../.venv/bin/aws`;
  await run(['sh', '-euc', `${lines}\n${aws} secretsmanager create-secret --name from/terminal --secret-string fake`], {});
  await app.page.keyboard.press('F5');
  await app.catalog.expectNames('from/terminal');
});

test('the diagnostics are looked at, then copied, without a name of anything', async ({ app, colleague, bridge }) => {
  await colleague.create({ name: 'fake/secret-name', value: 'fake' });
  await app.open();
  await app.catalog.open('fake/secret-name');
  await app.page.getByRole('button', { name: 'Help' }).click();
  await app.page.getByRole('button', { name: 'Diagnostics…' }).click();
  const shown = app.page.getByTestId('diagnostics');
  await expect(shown, 'it is looked at first').toContainText('DescribeSecret 200');
  await expectAccessible(app);
  const text = (await shown.innerText()).trimEnd();
  expect(await clipboard()).toBe('untouched');
  await app.page.getByRole('button', { name: 'Copy diagnostics' }).click();
  await expect(app.toasts).toContainText('Diagnostics copied');
  await expect.poll(async () => (await clipboard()).trimEnd(), soon('what was looked at is copied')).toBe(text);
  expect(text).toMatch(/^Latchkey \d+\.\d+\.\d+\n/);
  expect(text).toContain('- 1 × local vault, ready');
  for (const kept of ['secret-name', 'us-east-1', bridge.vault!.endpoint]) expect(text).not.toContain(kept);
});
