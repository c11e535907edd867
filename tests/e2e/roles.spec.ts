// Roles that another connection assumes, through the STS of an independent AWS.
import { mkdir, writeFile } from 'node:fs/promises';
import type { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { Endpoint, Moto } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { LockScreen } from './pages/lock-screen.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0011', secret_access_key: 'fake', region: 'eu-west-1' };
const DEVICE = 'arn:aws:iam::123456789012:mfa/ana';

const test = base.extend<{ moto: Moto; ops: Colleague }>({
  moto: async ({}, use) => {
    const moto = await Moto.start();
    await use(moto);
    await moto.stop();
  },

  /** Whose profile the window finds. */
  ops: async ({ moto }, use, testInfo) => {
    const folder = testInfo.outputPath('home', 'aws');
    await mkdir(folder, { recursive: true });
    const keys = `aws_access_key_id = ${KEY.access_key_id}\naws_secret_access_key = ${KEY.secret_access_key}`;
    await writeFile(`${folder}/config`, `[profile ops]\n${keys}\nregion = ${KEY.region}\nendpoint_url = ${moto.url}\n`);
    await use(new Colleague({ ...KEY, endpoint: moto.url }));
  },
});

// The clock goes on by an hour at once, which the lock would take for idleness.
test.use({ settings: 'lock_after_minutes = 0\n' });

async function fillRole(app: App, fields: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) {
    await app.dialog('Assume a role').getByLabel(label, { exact: true }).fill(text);
  }
}

test('a role is assumed by a profile, in the account of its ARN', async ({ app, person, ops }) => {
  await ops.create({ name: 'prod/db', value: 'fake' });
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('ops');
  await app.chooseInMenu('Assume a role');
  const dialog = app.dialog('Assume a role');
  await expectAccessible(app);
  await fillRole(app, { 'Name': 'admin', 'Role ARN': 'arn:aws:iam::12345678901:role/admin' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog, 'the typo is told at its field').toContainText('is not a 12-digit account ID');
  await fillRole(app, { 'Role ARN': 'arn:aws:iam::123456789012:role/admin' });
  await dialog.getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText([/assumed-role\/admin/, 'List secrets: works']);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(app.connectionName).toHaveText('admin');
  await app.catalog.expectNames('prod/db');

  await app.chooseInMenu('Assume a role');
  await fillRole(app, { 'Name': 'other account', 'Role ARN': 'arn:aws:iam::210987654321:role/reader' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(app.connectionName).toHaveText('other account');
  await app.chooseInMenu('Connections');
  await app.connections.connection('other account').getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText([/sts::210987654321:assumed-role\/reader/, 'List secrets: works']);
});

test('a profile reads and a role that it assumes writes, as the journal tells', async ({ app, person, ops, page }) => {
  await ops.create({ name: 'app/db', value: { password: 'fake-old' } });
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('ops');
  for (const [name, account] of [['admin', '123456789012'], ['elsewhere', '210987654321']]) {
    await app.chooseInMenu('Assume a role');
    await fillRole(app, { 'Name': name, 'Role ARN': `arn:aws:iam::${account}:role/${name}` });
    await app.dialog('Assume a role').getByRole('button', { name: 'Save' }).click();
    await expect(app.connectionName).toHaveText(name);
  }
  await app.chooseInMenu('ops');
  await app.chooseInMenu('Edit this connection');
  const { form, writer, save } = app.editConnection;
  await writer.selectOption('elsewhere');
  await form.getByRole('button', { name: 'Test' }).click();
  await expect(form.getByRole('alert').filter({ hasText: 'belongs to the account 210987654321' })).toBeVisible();
  await expectAccessible(app);
  await writer.selectOption('admin');
  await form.getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText([/Identity/, 'List secrets: works', /Who writes.*assumed-role\/admin/]);
  await expectAccessible(app);
  await expect(form.getByRole('alert').filter({ hasText: 'belongs to' }), 'a new try starts clean').toHaveCount(0);
  await save.click();
  await expect(form).toHaveCount(0);
  await expect(app.connections.connection('ops')).toContainText('writes through admin');
  await page.keyboard.press('Escape');

  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  await expect(page.getByTestId('writer-note')).toContainText('Written through admin');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  await app.journal.open();
  await expect(app.journal.entries.first()).toContainText('arn:aws:sts::123456789012:assumed-role/admin/latchkey');
  expect(await currentPassword(ops)).toBe('fake-new');
});

/** Adds a role behind an MFA device, whose code is asked for next. */
async function addGuardedRole(app: App): Promise<void> {
  await app.chooseInMenu('ops');
  await app.chooseInMenu('Assume a role');
  await fillRole(app, {
    'Name': 'guarded',
    'Role ARN': 'arn:aws:iam::123456789012:role/guarded',
    'MFA device (optional)': DEVICE,
  });
  await app.dialog('Assume a role').getByRole('button', { name: 'Save' }).click();
}

/** Types a new password, for which a code is needed by the time that it is reviewed. */
async function editUntilTheCredentialsEnd(app: App, bridge: BridgeProcess): Promise<void> {
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await bridge.advance(3600);
  await app.page.getByTestId('review-value').click();
  await expect(app.editor.errorPanel).toContainText('needs a new code');
}

test('the code of a role that writes is asked for in the review, and the same plan goes on', async ({ app, person, ops, page }) => {
  await ops.create({ name: 'app/db', value: { password: 'fake-old' } });
  await app.open();
  await person.trustWays(app);
  await addGuardedRole(app);
  await expect(app.connectionName).toHaveText('guarded');
  await app.chooseInMenu('ops');
  await app.chooseInMenu('Edit this connection');
  await app.editConnection.writer.selectOption('guarded');
  await app.editConnection.save.click();
  await app.connections.close();
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  await app.editor.saveButton.click();
  await expect(app.editor.errorPanel).toContainText('guarded needs a new code');
  await app.editor.review.getByRole('button', { name: 'Type the code for guarded…' }).click();
  const dialog = page.getByTestId('mfa-code-dialog');
  const code = dialog.getByLabel('MFA code', { exact: true });
  await expect(dialog).toContainText(DEVICE);
  await expectAccessible(app);
  await code.fill('12');
  await code.press('Enter');
  await expect(dialog).toContainText('has 6 digits');
  await code.fill('123456');
  await code.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(app.editor.errorPanel, 'nothing is missing any more').toBeHidden();
  expect(await currentPassword(ops), 'nothing is written without a press').toBe('fake-old');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await currentPassword(ops)).toBe('fake-new');
});

async function currentPassword(ops: Colleague): Promise<string> {
  const current = await ops.aws('get-secret-value', '--secret-id', 'app/db', '--version-stage', 'AWSCURRENT');
  return JSON.parse(current.SecretString).password;
}

test('an edit outlives the credentials of a role: a new code, and on it goes', async ({ app, person, ops, bridge }) => {
  await ops.create({ name: 'app/db', value: { password: 'fake-old' } });
  await app.open();
  await person.trustWays(app);
  await addGuardedRole(app);
  const pane = app.page.getByTestId('mfa-code');
  const code = pane.getByLabel('MFA code', { exact: true });
  await expect(pane).toContainText(DEVICE);
  await expectAccessible(app);
  await code.fill('12');
  await pane.getByRole('button', { name: 'Assume the role' }).click();
  await expect(pane).toContainText('has 6 digits');
  await code.fill('123456');
  await code.press('Enter');
  await app.catalog.expectNames('app/db');

  await editUntilTheCredentialsEnd(app, bridge);
  // The clock of this STS went on by itself, and no faster.
  await bridge.advance(-3600);
  await code.fill('654321');
  await code.press('Enter');
  await expect(pane).toHaveCount(0);
  await app.editor.save();
  await expect(app.toasts.last()).toContainText('Saved app/db.');
  expect(await currentPassword(ops)).toBe('fake-new');
});

test.describe('with a lock', () => {
  test.use({ vault: 'folder', keyring: 'own' });

  test('an edit outlives credentials that ended and the lock after it', async ({ app, person, ops, bridge }) => {
    const lock = new LockScreen(app.page);
    await ops.create({ name: 'app/db', value: { password: 'fake-old' } });
    await app.open();
    await person.trustWays(app);
    await lock.setPassphrase('fake lock passphrase');
    await app.page.keyboard.press('Escape');
    await addGuardedRole(app);
    const pane = app.page.getByTestId('mfa-code');
    const code = pane.getByLabel('MFA code', { exact: true });
    await code.fill('123456');
    await code.press('Enter');
    await editUntilTheCredentialsEnd(app, bridge);
    await lock.lock();
    await expect(lock.passphrase).toBeVisible();
    await lock.unlock('fake lock passphrase');

    await bridge.advance(-3600);
    const goOn = app.toasts.getByRole('button', { name: 'Continue editing' });
    await goOn.click();
    await expect(app.connectionName, 'what it lacks is asked for').toHaveText('guarded');
    await code.fill('654321');
    await code.press('Enter');
    await expect(pane).toHaveCount(0);
    await goOn.click();
    await expect(app.editor.form).toBeVisible();
    await app.editor.save();
    await expect(app.toasts.last()).toContainText('Saved app/db.');
    expect(await currentPassword(ops)).toBe('fake-new');
  });
});

test('a role has an endpoint of its own, which is tested, saved, shown and edited', async ({ app, person, ops }) => {
  const asked: string[] = [];
  const now = Date.now() / 1000;
  const row = { Name: 'private/db', ARN: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:private/db-AbC12x`, CreatedDate: now };
  const own = await Endpoint.start((operation) => {
    asked.push(operation);
    return operation === 'ListSecrets' ? { json: { SecretList: [row] } } : { denied: 'Not here.' };
  });
  await ops.create({ name: 'prod/db', value: 'fake' });
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('ops');
  await app.chooseInMenu('Assume a role');
  const dialog = app.dialog('Assume a role');
  const role = { 'Name': 'private', 'Role ARN': 'arn:aws:iam::123456789012:role/private' };
  await fillRole(app, { ...role, 'Endpoint URL (optional)': 'http://vpce.example.com' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog, 'in the clear: told at its field').toContainText('Plain http is allowed on this machine only');
  await fillRole(app, { 'Endpoint URL (optional)': own.url });
  await dialog.getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings, 'STS is asked where the base asks it').toContainText([/assumed-role\/private/, 'List secrets: works']);
  await expectAccessible(app);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(app.connectionName).toHaveText('private');
  await app.catalog.expectNames('private/db');
  expect(new Set(asked), 'nothing but secrets is asked for there').toEqual(new Set(['ListSecrets']));

  await app.chooseInMenu('Connections');
  const line = app.connections.connection('private');
  await expect(line).toContainText(`Endpoint: ${own.url} (set by you)`);
  await line.getByRole('button', { name: 'Edit…' }).click();
  const { form, save } = app.editConnection;
  const field = form.getByLabel('Endpoint URL (optional)');
  await expect(field).toHaveValue(own.url);
  await field.fill('');
  await save.click();
  await expect(form).toHaveCount(0);
  await expect(line).not.toContainText(own.url);
  await app.connections.close();
  await app.refreshButton.click();
  await app.catalog.expectNames('prod/db');

  await app.chooseInMenu('Edit this connection');
  await expect(field).toHaveValue('');
  await field.fill(own.url);
  await save.click();
  await expect(form, 'the person said no').toContainText('keeps its endpoint');
  expect(person.asked().join('\n')).toContain(`Send the requests of private to ${own.url}?`);
  await person.agree();
  await save.click();
  await expect(form).toHaveCount(0);
  await app.connections.close();
  await app.refreshButton.click();
  await app.catalog.expectNames('private/db');
  await own.stop();
});
