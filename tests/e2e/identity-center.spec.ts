// IAM Identity Center: both ways to sign in, roles as connections, and a session that ends in the middle of an edit.
import { mkdir, writeFile } from 'node:fs/promises';
import { BridgeProcess } from './bridge-process.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import { IdentityCenter } from './identity-center.ts';
import type { App } from './pages/app.ts';
import { versionsOf } from './secrets.ts';
import { soon } from './soon.ts';

const START_URL = 'https://example.awsapps.com/start';
const SESSION = `[sso-session work]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n`;

const test = base.extend<{ center: IdentityCenter; home: string; config: string }>({
  config: ['', { option: true }],
  home: async ({ config }, use, testInfo) => {
    const home = testInfo.outputPath('home');
    await mkdir(`${home}/aws`, { recursive: true });
    // The clock goes on by an hour at once, which the lock would take for idleness.
    await mkdir(`${home}/config`, { recursive: true });
    await writeFile(`${home}/config/settings.toml`, 'lock_after_minutes = 0\n', { mode: 0o600 });
    if (config) await writeFile(`${home}/aws/config`, config);
    await use(home);
  },
  center: async ({}, use) => {
    const center = await IdentityCenter.start();
    await use(center);
    await center.stop();
  },
  bridge: async ({ center, home }, use) => {
    const bridge = await BridgeProcess.start(home, 'memory', {}, ['--identity-center', center.url]);
    center.opens = bridge.vault;
    await use(bridge);
    await bridge.stop();
  },
});

/** Signs in by the browser from the menu, up to the list of accounts. */
async function signIn(app: App, center: IdentityCenter, home: string): Promise<void> {
  await app.chooseInMenu('Sign in with IAM Identity Center');
  await app.signIn.fill(`${START_URL}/#/`);
  await app.signIn.submit();
  await expect(app.signIn.waiting).toBeVisible();
  expect(await center.allow(home), 'what the browser shows').toContain('Return to Latchkey');
  await expect(app.signIn.accounts).toHaveCount(3);
}

/** Signs in from the question that could not go on, which stays where it is. */
async function signInAgain(app: App, center: IdentityCenter, home: string): Promise<void> {
  await app.page.getByRole('dialog').getByRole('button', { name: 'Sign in again' }).click();
  await expect(app.signIn.waiting).toBeVisible();
  await center.allow(home);
  await expect(app.signIn.waiting).toHaveCount(0);
  await expect(app.toasts.filter({ hasText: 'You are signed in again' }).last()).toBeVisible();
  await expect(app.page.getByRole('dialog').getByTestId('error-panel'), 'nothing is missing any more').toBeHidden();
}

/** Adds the Reader of production, on the vault of this test. */
async function addReader(app: App): Promise<void> {
  await app.signIn.role('production', 'Reader').check();
  await app.signIn.roles.getByLabel('Initial Region').selectOption('us-east-1');
  await app.signIn.roles.getByLabel('Endpoint URL (optional)').fill(app.bridge.vault!.endpoint);
}

test('the browser signs in, two roles become connections, and one shows its secrets', async ({ app, center, home, colleague }) => {
  await colleague.create({ name: 'prod/db', value: { password: 'fake-old' } });
  await app.open();
  await app.chooseInMenu('Sign in with IAM Identity Center');
  await expectAccessible(app);
  await app.signIn.fill(START_URL);
  await app.signIn.submit();
  await expect(app.signIn.waiting).toContainText('Continue in your browser');
  await expectAccessible(app);
  expect(await center.mislead(home), 'an answer with another state').toContain('belongs to another sign-in');
  expect(center.tokens, 'is not taken').toBe(0);
  await expect(app.signIn.waiting).toBeVisible();
  await center.allow(home);

  await expect(app.signIn.accounts).toHaveCount(3);
  await expect(app.signIn.accounts.filter({ hasText: 'empty' })).toContainText('No role in this account');
  await addReader(app);
  await app.signIn.role('staging', 'Reader').check();
  await expect(app.signIn.nameFor('production', 'Reader')).toHaveValue('production / Reader');
  await app.signIn.nameFor('staging', 'Reader').fill('production / Reader');
  await expectAccessible(app);
  await app.signIn.roles.getByRole('button', { name: 'Add 2 connections' }).click();
  await expect(app.signIn.roles.getByRole('alert').filter({ hasText: 'is there twice' })).toBeVisible();
  await app.signIn.nameFor('staging', 'Reader').fill('staging');
  await app.signIn.roles.getByRole('button', { name: 'Add 2 connections' }).click();

  await expect(app.connectionName).toHaveText('production / Reader');
  await app.catalog.expectNames('prod/db');
  await expect(app.statusBar).toContainText('Reader in 111111111111');
  await app.chooseInMenu('Connections');
  await expect(app.connections.connection('staging')).toContainText('Reader in 222222222222');
  await expect(app.signIn.sessions).toContainText('Signed in');
  await expectAccessible(app);
});

test('a session that ends in the middle of an edit costs nothing but a sign-in', async ({ app, center, home, colleague, bridge, page }) => {
  await colleague.create({ name: 'prod/db', value: { username: 'ops', password: 'fake-old' } });
  await app.open();
  await signIn(app, center, home);
  await addReader(app);
  await app.signIn.nameFor('production', 'Reader').fill('payments');
  await app.signIn.roles.getByRole('checkbox', { name: /FIPS/ }).check();
  await app.signIn.roles.getByRole('button', { name: 'Add 1 connection' }).click();
  await expect(app.signIn.roles, 'told at the endpoint').toContainText("choose among AWS's own endpoints");
  await app.signIn.roles.getByRole('checkbox', { name: /FIPS/ }).uncheck();
  await app.signIn.roles.getByRole('button', { name: 'Add 1 connection' }).click();
  await expect(app.guardBadge, 'the name of the account says so').toHaveText('production, confirm');
  await app.chooseInMenu('Edit this connection');
  await expect(app.editConnection.form).toContainText('The name of its account, production, suggests production');
  await expect(app.editConnection.form.getByTestId('endpoint-variant'), 'it has an endpoint of its own').toHaveCount(0);
  await page.keyboard.press('Escape');
  await app.connections.close();
  await app.catalog.open('prod/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');

  center.end();
  center.ahead += 3600;
  await bridge.advance(3600);
  await app.page.getByTestId('review-value').click();
  await expect(app.signIn.banner).toContainText(`You are not signed in to ${START_URL}`);
  await expectAccessible(app);
  await app.signIn.banner.getByRole('button', { name: 'Sign in' }).click();
  await expect(app.signIn.waiting).toBeVisible();
  await center.allow(home);
  await expect(app.toasts.filter({ hasText: 'You are signed in again' })).toBeVisible();
  await expect(app.signIn.banner).toHaveCount(0);

  await expect(app.editor.value('password'), 'the edit is still there').toHaveValue('fake-new');
  await app.editor.openReview();
  await app.page.getByLabel('Type prod/db to save: this connection requires confirmation').fill('prod/db');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  const now = await colleague.aws('get-secret-value', '--secret-id', 'prod/db');
  expect(JSON.parse(now.SecretString).password).toBe('fake-new');
});

test('what is read with one role is written with another, fetched for the write alone', async ({ app, center, home, colleague, page }) => {
  await colleague.create({ name: 'prod/db', value: { username: 'ops', password: 'fake-old' } });
  await app.open();
  await signIn(app, center, home);
  await addReader(app);
  await app.signIn.writerFor('production', 'Reader').selectOption('Writes with Admin');
  await expect(app.signIn.role('production', 'Admin'), 'it becomes a connection too').toBeChecked();
  await expectAccessible(app);
  await app.signIn.roles.getByRole('button', { name: 'Add 2 connections' }).click();
  await expect(app.connectionName).toHaveText('production / Reader');
  await expect(app.statusBar).toContainText('writes through production / Admin');

  const type = async (password: string) => {
    await app.editor.begin();
    await app.editor.type('password', password);
  };
  const review = async () => {
    await app.editor.openReview();
    await expect(page.getByTestId('writer-note')).toContainText('Written through production / Admin');
    await page.getByLabel('Type prod/db to save: this connection requires confirmation').fill('prod/db');
  };
  await app.catalog.open('prod/db');
  await type('fake-new');
  await review();
  await expectAccessible(app);
  expect(center.granted, 'a review fetches nothing of the role that will write').not.toContain('Admin');

  center.revoked.add('Admin');
  await app.editor.saveButton.click();
  await expect(app.editor.errorPanel).toContainText('The role Admin in account 111111111111 is not assigned');
  const value = async () => JSON.parse((await colleague.aws('get-secret-value', '--secret-id', 'prod/db')).SecretString);
  expect((await value()).password, 'nothing was written').toBe('fake-old');
  center.revoked.clear();
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect((await value()).password).toBe('fake-new');

  await type('fake-newer');
  await review();
  center.end();
  await app.editor.saveButton.click();
  await expect(app.editor.errorPanel).toContainText(`The sign-in to ${START_URL} has expired`);
  await expectAccessible(app);
  await signInAgain(app, center, home);
  await expect(app.editor.review, 'the review is as it was').toBeVisible();
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect((await value()).password).toBe('fake-newer');
  expect(center.granted.filter((role) => role === 'Admin'), 'fetched anew for each write').toHaveLength(2);

  await app.chooseInMenu('Connections');
  const admin = app.connections.connection('production / Admin').and(page.locator(':not(:has-text("writes through"))'));
  await admin.getByRole('button', { name: 'Forget' }).click();
  await page.getByTestId('forget').click();
  await expect(app.errorPanel).toContainText('production / Reader writes through this connection');
});

test('a move of labels and a deletion wait for a sign-in that ended while they were looked at', async ({ app, center, home, colleague, page }) => {
  const [first] = await versionsOf(colleague, [{ n: 1 }, { n: 2 }]);
  await app.open();
  await signIn(app, center, home);
  await addReader(app);
  await app.signIn.writerFor('production', 'Reader').selectOption('Writes with Admin');
  await app.signIn.roles.getByRole('button', { name: 'Add 2 connections' }).click();
  await expect(app.statusBar).toContainText('writes through production / Admin');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.makeCurrent(first);
  await versions.plan.checkButton.click();
  await page.getByLabel('Type app/db to continue: this connection requires confirmation').fill('app/db');
  center.end();
  await versions.plan.confirm.click();
  await expect(versions.plan.dialog).toContainText(`The sign-in to ${START_URL} has expired`);
  await expectAccessible(app);
  await signInAgain(app, center, home);
  await versions.plan.confirm.click();
  await expect(versions.plan.dialog).toHaveCount(0);
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);

  await app.detail.turnTo('Details');
  await page.getByRole('button', { name: 'Delete secret…' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await app.changeReview.word('app/db').fill('app/db');
  center.end();
  const confirm = app.changeReview.apply('Schedule deletion');
  await confirm.click();
  await signInAgain(app, center, home);
  await confirm.click();
  await expect(page.getByTestId('banner-deleted')).toBeVisible();
});

test('a device code is offered behind a warning, and can be cancelled', async ({ app, center, bridge, page }) => {
  await app.open();
  await app.chooseInMenu('Sign in with IAM Identity Center');
  await app.signIn.fill(START_URL);
  await app.signIn.form.getByRole('checkbox', { name: /device code/ }).check();
  await expect(page.getByTestId('device-code-warning')).toContainText('confirm only the code in this window');
  await expectAccessible(app);
  await app.signIn.submit();
  await expect(page.getByTestId('user-code')).toHaveText('ABCD-EFGH');
  await expect(page.getByTestId('sign-in-page')).toContainText('/device?user_code=ABCD-EFGH');
  await expectAccessible(app);
  await app.signIn.waiting.getByRole('button', { name: 'Cancel the sign-in' }).click();
  await expect(app.signIn.startUrl, 'what was typed stays').toHaveValue(START_URL);

  center.pending.push('AuthorizationPendingException', 'SlowDownException');
  await app.signIn.submit();
  await expect(page.getByTestId('user-code')).toBeVisible();
  for (const [seconds, asked] of [[5, 1], [5, 2], [10, 3]]) {
    await bridge.advance(seconds);
    // The clock may be put forward before the next wait begins: then that wait passes in its own time.
    await expect.poll(() => center.tokens, { message: `after ${seconds} more seconds`, timeout: 30_000 }).toBe(asked);
  }
  await expect(app.signIn.accounts).toHaveCount(3);
});

test('a start URL that is none, and a refusal in the browser, are told', async ({ app, center, home }) => {
  await app.open();
  await app.chooseInMenu('Sign in with IAM Identity Center');
  await app.signIn.fill('example.awsapps.com/start');
  await app.signIn.submit();
  await expect(app.signIn.startUrl).toHaveAttribute('aria-invalid', 'true');
  await expect(app.signIn.form).toContainText('not a URL such as https://example.awsapps.com/start');
  await app.signIn.fill(START_URL);
  await app.signIn.submit();
  await expect(app.signIn.waiting).toBeVisible();
  expect(await center.refuse(home)).toContain('Not signed in');
  await expect(app.errorPanel).toContainText('was not allowed in the browser');
  await expect(app.signIn.startUrl).toHaveValue(START_URL);
});

test.describe('with a session in the AWS configuration', () => {
  test.use({ config: SESSION });

  test('it is found, signed in to with one click, and signed out of', async ({ app, center, home }) => {
    await app.open();
    await app.firstRun.getByRole('button', { name: 'Sign in to work' }).click();
    await expect(app.signIn.waiting).toBeVisible();
    await center.allow(home);
    await expect(app.signIn.accounts).toHaveCount(3);
    await app.dialog('Add roles as connections').getByRole('button', { name: 'Cancel' }).click();
    await app.chooseInMenu('Connections');
    const session = app.signIn.sessions.filter({ hasText: 'work' });
    await expect(session).toContainText('Signed in');
    await session.getByRole('button', { name: 'Add roles…' }).click();
    await expect(app.signIn.accounts).toHaveCount(3);
    await app.dialog('Add roles as connections').getByRole('button', { name: 'Close' }).click();

    await app.chooseInMenu('Connections');
    expect(center.isOver).toBe(false);
    await session.getByRole('button', { name: 'Sign out' }).click();
    await expect(session).toContainText('Not signed in');
    await expect.poll(() => center.isOver, soon('the session is ended there too')).toBe(true);
  });
});
