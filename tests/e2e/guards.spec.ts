// Guards of connections: what may be done with one, and how the window marks them.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Moto } from './endpoints.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { versionsOf } from './secrets.ts';
import { SOON, soon } from './soon.ts';

const VALUE = { username: 'ops', password: 'fake-old' };

/** Sets the guard of the connection in view. */
async function guard(app: App, choice: 'Unrestricted' | 'Confirm' | 'Read only'): Promise<void> {
  await app.chooseInMenu('Edit this connection');
  await app.editConnection.choose(choice);
  await app.editConnection.save.click();
  await app.connections.close();
  await expect(app.connections.dialog).toHaveCount(0);
}

test('through a read only connection nothing is written, and the window says so', async ({ app, colleague, bridge, page }) => {
  const [, second] = await versionsOf(colleague, [VALUE, { ...VALUE, password: 'fake-new' }]);
  await app.openList('1 secret');
  await guard(app, 'Read only');
  await expect(app.guardBadge).toHaveText('read only');
  await expect(app.statusBar).toContainText('read only');
  await expect(page.getByTestId('create-secret-button')).toBeDisabled();
  await page.keyboard.press('Control+n');
  await expect(page.getByRole('dialog'), 'the key does not go round it').toHaveCount(0);

  await app.catalog.open('app/db');
  await expect(page.getByTestId('read-only-note')).toContainText('nothing can be changed here');
  await app.detail.revealButton.click();
  await expect(app.detail.field('password').getByTestId('clear-text'), 'what reads goes on').toHaveText('fake-new');
  await expect(page.getByTestId('edit-value')).toHaveCount(0);
  await app.detail.turnTo('Versions');
  await expect(app.detail.version(second)).toBeVisible();
  await expect(page.getByTestId('make-current')).toHaveCount(0);
  await app.detail.turnTo('Rotation');
  await expect(page.getByRole('button', { name: 'Set up rotation' })).toBeDisabled();
  await app.detail.turnTo('Details');
  await expect(app.detail.metadata).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete secret…' })).toHaveCount(0);
  await expectAccessible(app);
  const reads = ['DescribeSecret', 'GetSecretValue', 'ListSecrets', 'ListSecretVersionIds'];
  const writes = Object.entries(await bridge.calls()).filter(([operation]) => !reads.includes(operation));
  expect(Object.fromEntries(writes), 'only what the colleague wrote').toEqual({ CreateSecret: 1, PutSecretValue: 1 });
});

test('a connection that confirms wants the name for a value and for a label', async ({ app, colleague, page }) => {
  const [first] = await versionsOf(colleague, [VALUE, { ...VALUE, password: 'fake-new' }]);
  await app.openList('1 secret');
  await guard(app, 'Confirm');
  await expect(app.guardBadge).toHaveText('confirm');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-newer');
  await app.editor.openReview();
  const typed = page.getByLabel('Type app/db to save: this connection requires confirmation');
  await expect(app.editor.saveButton).toBeDisabled();
  await typed.fill('app/dB');
  await expect(app.editor.saveButton, 'the name is taken letter by letter').toBeDisabled();
  await typed.fill('app/db');
  await expectAccessible(app);
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  const now = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(now.SecretString).password).toBe('fake-newer');

  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.deprecatedSwitch.click();
  await versions.makeCurrent(first);
  await versions.plan.checkButton.click();
  await expect(versions.plan.readable).toBeVisible();
  await expect(versions.plan.confirm, 'that it can be read is not enough').toBeDisabled();
  await versions.plan.dialog.getByLabel('Type app/db to continue: this connection requires confirmation').fill('app/db');
  await versions.plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
});

test('a guard is tightened at a press and loosened only in a window of the system', async ({ app, colleague, person }) => {
  await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await guard(app, 'Read only');
  expect(person.asked(), 'nobody is asked before it is tightened').toEqual([]);

  await app.chooseInMenu('Edit this connection');
  await app.editConnection.choose('Unrestricted');
  await expect(app.editConnection.form.getByRole('status')).toContainText('less strict than now');
  await expectAccessible(app);
  await app.editConnection.save.click();
  await expect(app.editConnection.error.filter({ hasText: 'keeps its guard' })).toBeVisible();
  await expect(app.guardBadge).toHaveText('read only');
  expect(person.asked()).toEqual(['Loosen the guard of Local vault?', 'Its guard changes from read only to unrestricted.']);

  await person.agree();
  await app.editConnection.save.click();
  await expect(app.editConnection.form).toHaveCount(0);
  await expect(app.guardBadge).toHaveCount(0);
});

test.describe(() => {
  test.use({ ownClipboard: true });

  test('a value that asks is shown and copied only once the person agreed', async ({
    app,
    colleague,
    person,
    page,
    bridge,
    ownDisplay,
  }, testInfo) => {
    // A secret for each: who agreed once is not asked again while the value is open.
    await colleague.create({ name: 'shown', value: VALUE }, { name: 'copied', value: VALUE }, { name: 'exported', value: VALUE });
    await app.openList('3 secrets');
    await app.chooseInMenu('Edit this connection');
    await app.editConnection.reveals.click();
    await app.editConnection.save.click();
    await app.connections.close();
    const file = testInfo.outputPath('exported.json');
    await person.choose(file);
    await ownDisplay!.copy('untouched');

    const ways: [name: string, verb: string, go: () => Promise<void>][] = [
      ['shown', 'Show', () => app.detail.revealButton.click()],
      ['copied', 'Copy', () => app.detail.copyButton.click()],
      ['exported', 'Export', () => app.detail.exportValue()],
    ];
    for (const [name, verb, go] of ways) {
      await app.catalog.open(name);
      await expect(app.detail.name).toHaveText(name);
      await go();
      const refusal = app.errorPanel.or(app.toasts).filter({ hasText: `The value of ${name} stays hidden` });
      await expect(refusal.first()).toBeVisible();
      expect(person.asked().at(-2), verb).toBe(`${verb} the value of ${name}?`);
      expect(await page.content()).not.toContain('fake-old');
      expect(await ownDisplay!.clipboard(), 'nothing is copied before the answer').toBe('untouched');
      expect(existsSync(file), 'nor written').toBe(false);
    }
    expect((await bridge.calls()).GetSecretValue, 'Reveal alone has looked at the keys').toBe(1);

    await person.agree();
    const asked = person.asked().length;
    await app.catalog.open('shown');
    await app.detail.revealButton.click();
    await expect(app.detail.field('password').getByTestId('clear-text')).toHaveText('fake-old');
    await app.catalog.open('copied');
    await app.detail.copyButton.click();
    await expect.poll(() => ownDisplay!.clipboard(), SOON).toBe(JSON.stringify(VALUE));
    await app.catalog.open('exported');
    await app.detail.exportValue();
    await expect(app.toasts.last()).toContainText('exported.json');
    expect(await readFile(file, 'utf8')).toBe(JSON.stringify(VALUE));
    expect(person.asked().length, 'each was asked for by itself').toBe(asked + 6);
  });
});

test('a connection has a name, a colour and an icon, and a production one a red frame', async ({ app, page }) => {
  await app.open();
  await app.chooseInMenu('Edit this connection');
  await app.editConnection.name.fill('Vault of prod');
  await app.editConnection.colour('Violet').check();
  await app.editConnection.icon('Flask').check();
  await expectAccessible(app);
  await app.editConnection.save.click();
  await app.connections.close();
  await expect(app.connectionName).toHaveText('Vault of prod');
  await expect(app.guardBadge).toHaveText('production');
  const frame = page.getByTestId('frame');
  await expect(frame).toHaveClass(/frame-production/);
  const [bottom, red] = await frame.evaluate((element) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.className = 'frame-production';
    const colours = [getComputedStyle(element).borderBottomColor, getComputedStyle(probe).borderBottomColor];
    probe.remove();
    return colours;
  });
  expect(bottom, 'drawn in the red of production').toBe(red);

  await page.reload();
  await expect(app.connectionName, 'it is kept').toHaveText('Vault of prod');
});

/** The window finds a saved access key for AWS itself; the bridge starts after its settings are written. */
const withKey = test.extend({
  settings: async ({}, use, testInfo) => {
    const folder = testInfo.outputPath('home', 'data');
    await mkdir(folder, { recursive: true });
    const kind = { access_key: { access_key_id: 'AKIAFAKEFAKEFAKE0009' } };
    await writeFile(`${folder}/connections.json`, JSON.stringify([{ id: 'fake-ops', name: 'ops', kind, default_region: 'eu-west-1' }]), { mode: 0o600 });
    await use('');
  },
});

withKey('FIPS and dual-stack of a saved connection are set where it is edited, and shown', async ({ app, page }, testInfo) => {
  await app.open();
  await app.chooseInMenu('Connections…');
  const ops = app.connections.connection('ops');
  await expect(ops).not.toContainText('FIPS');
  await ops.getByRole('button', { name: 'Edit…' }).click();
  await app.editConnection.form.getByRole('checkbox', { name: /FIPS/ }).check();
  await app.editConnection.form.getByRole('checkbox', { name: /dual-stack/ }).check();
  await expectAccessible(app);
  await app.editConnection.save.click();
  await expect(ops).toContainText('FIPS, dual-stack');
  await app.connections.close();
  await app.page.getByRole('button', { name: /^Connection:/ }).click();
  await expect(page.getByRole('menuitem', { name: 'ops (FIPS, dual-stack)' })).toBeVisible();
  await expect.poll(() => readFile(testInfo.outputPath('home', 'data', 'connections.json'), 'utf8'), SOON).toContain('"dual_stack": true');
});

test('a profile for production proposes to confirm, and one for nonprod does not', async ({ app, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'aws');
  await mkdir(folder, { recursive: true });
  const keys = 'aws_access_key_id = AKIAFAKEFAKEFAKE0009\naws_secret_access_key = fake\nendpoint_url = http://127.0.0.1:9\n';
  await writeFile(`${folder}/config`, `[profile acme-prod]\n${keys}[profile acme-nonprod]\n${keys}`);
  await app.open();
  await app.chooseInMenu('Connections…');
  await expect(app.connections.connection('acme-prod').getByTestId('guard-badge')).toHaveText('production, confirm');
  await expect(app.connections.connection('acme-nonprod').getByTestId('guard-badge')).toHaveCount(0);
  await app.connections.connection('acme-prod').getByRole('button', { name: 'Edit…' }).click();
  await expect(app.editConnection.form).toContainText('Its name suggests production, so Confirm is proposed.');
  await expect(app.editConnection.form.getByRole('radio', { name: 'Confirm' })).toBeChecked();
  await expect(page.getByTestId('frame'), 'the vault in view is not production').not.toHaveClass(/frame-production/);
});

test('a profile that leads to another account is shown and writes nothing until it is accepted', async ({ app, bridge, person, page }, testInfo) => {
  const moto = await Moto.start();
  const folder = testInfo.outputPath('home', 'aws');
  await mkdir(folder, { recursive: true });
  const lead = (account: string) => writeFile(`${folder}/config`, `
[profile base]
aws_access_key_id = AKIAFAKEFAKEFAKE0009
aws_secret_access_key = fake
[profile ops]
role_arn = arn:aws:iam::${account}:role/ops
source_profile = base
region = eu-west-1
endpoint_url = ${moto.url}
`);
  await lead('111111111111');
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('ops');
  const marks = testInfo.outputPath('home', 'data', 'marks.json');
  await expect.poll(() => readFile(marks, 'utf8').catch(() => ''), soon('pinned at its first use')).toContain('111111111111');
  // While a load goes on, a refresh joins it, and asks nothing of its own.
  await expect(page.getByRole('heading', { name: 'No secrets in eu-west-1' })).toBeVisible();
  await expect(page.getByTestId('create-secret-button')).toBeEnabled();

  await lead('222222222222');
  await app.refreshButton.click();
  const banner = page.getByTestId('account-banner');
  await expect(banner).toContainText('ops pointed to account 111111111111 and now points to 222222222222.');
  await expect(app.guardBadge).toHaveText('another account');
  await expect(page.getByTestId('create-secret-button')).toBeDisabled();
  await expectAccessible(app);
  const create = { description: null, kms_key_id: null, value: { kind: 'text', value: 'fake' }, tags: [] };
  const request = {
    scope: { connection: 'profile:ops', region: 'eu-west-1' },
    changes: [{ secret_id: 'past/the/button', change: { create } }],
  };
  const refused = await bridge.refused('plan_changes', request);
  expect(refused, 'nor past the button').toMatchObject({ code: { kind: 'ReadOnly' } });

  await banner.getByRole('button', { name: 'Accept 222222222222…' }).click();
  await expect(app.toasts).toContainText('222222222222 was not accepted');
  await expect(banner).toBeVisible();
  expect(person.asked()).toContain('Accept the account 222222222222 for ops?');
  await person.agree();
  await banner.getByRole('button', { name: 'Accept 222222222222…' }).click();
  await expect(banner).toHaveCount(0);
  await expect(page.getByTestId('create-secret-button')).toBeEnabled();
  const { plan_id } = await bridge.invoke('plan_changes', request);
  const { items } = await bridge.invoke('apply_changes', { plan_id, typed: null, is_reviewed: true });
  expect(items[0].detail.summary.arn).toContain(':222222222222:secret:past/the/button');
  await moto.stop();
});
