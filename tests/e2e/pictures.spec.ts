// The pictures of the pages in `docs/`: each is made here, of a state that is asserted. CONTRIBUTING says how they are
// refreshed.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { ROOT } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { expect, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { LockScreen } from './pages/lock-screen.ts';
import { FUNCTION, SECRET, openRotation, turnOn } from './rotation-opened.ts';

const FOLDER = join(ROOT, 'tests/artifacts/pictures');
const MAX_BYTES = 150 * 1024;
/** What is shown around a part, in CSS pixels. */
const MARGIN = 12;
const DATABASE = 'prod/payments/database';
const GATEWAY = 'prod/payments/card-gateway';

/** Keeps a picture of the parts of the window that are named, with what lies between them. */
async function picture(name: string, ...parts: Locator[]): Promise<void> {
  const page = parts[0].page();
  const lacksKeyring = page.getByTestId('journal-note').or(page.getByText('The journal is kept in memory only'));
  await expect(lacksKeyring, 'the keyring of the tests is open').toHaveCount(0);
  await parts[0].scrollIntoViewIfNeeded();
  const { width, height } = page.viewportSize()!;
  const boxes = await Promise.all(parts.map(async (part) => (await part.boundingBox())!));
  const left = Math.max(Math.min(...boxes.map((box) => box.x)) - MARGIN, 0);
  const top = Math.max(Math.min(...boxes.map((box) => box.y)) - MARGIN, 0);
  const right = Math.min(Math.max(...boxes.map((box) => box.x + box.width)) + MARGIN, width);
  const bottom = Math.min(Math.max(...boxes.map((box) => box.y + box.height)) + MARGIN, height);
  const clip = { x: left, y: top, width: right - left, height: bottom - top };
  await keep(await page.screenshot({ animations: 'disabled', caret: 'hide', clip }), name);
}

/** A page shows it, and it is quick to load. */
async function keep(png: Buffer, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${name}.png`), png);
  expect(png.length, `${name}.png is small`).toBeLessThan(MAX_BYTES);
  const pages = (await readdir(join(ROOT, 'docs'))).map((page) => join('docs', page));
  const texts = await Promise.all(pages.map((page) => readFile(join(ROOT, page), 'utf8')));
  expect(texts.join(''), `a page shows ${name}.png`).toContain(`assets/screenshots/${name}.png`);
}

/** Opens the window on the sample secrets, with no notice over them. */
async function openSamples(app: App): Promise<void> {
  await app.open();
  await app.page.getByTestId('load-samples').click();
  await expect(app.catalog.rows.first()).toBeVisible();
  await dismiss(app);
}

async function openDatabase(app: App): Promise<void> {
  await openSamples(app);
  await app.catalog.open(DATABASE);
  await expect(app.detail.sealed).toBeVisible();
}

async function dismiss(app: App): Promise<void> {
  await app.toasts.first().getByRole('button', { name: 'Dismiss' }).click();
  await expect(app.toasts).toHaveCount(0);
}

test('picture: the search box', async ({ app, page }) => {
  await openSamples(app);
  await app.search.filter('name:prod');
  await app.search.type('tag-key:');
  await expect(app.search.chips).toHaveText([/name:\s*prod/]);
  await expect(app.search.choices.filter({ hasText: 'team' })).toBeVisible();
  await expect(app.catalog.count).toHaveText('13 secrets');
  await picture('search', page.getByTestId('topbar'), app.catalog.rows.nth(7));
});

test('picture: one key of a value', async ({ app }) => {
  await openDatabase(app);
  await app.detail.showKeysButton.click();
  await app.detail.revealField('username');
  await expect(app.detail.clearTexts).toHaveText(['payments_app']);
  await expect(app.detail.masks).toHaveCount(5);
  await expect(app.detail.countdown).toBeVisible();
  await picture('value', app.detail.name, app.detail.fields.first(), app.detail.note);
});

test('picture: an edit beside its text', async ({ app, page }) => {
  await openDatabase(app);
  await app.widenDetail();
  await app.editor.begin();
  await app.editor.form.getByRole('radio', { name: 'Both' }).check();
  await app.editor.type('password', 'fake-new-password');
  await page.getByTestId('show-raw').click();
  await expect(app.editor.raw).toHaveValue(/"password":\s*"fake-new-password"/);
  await picture('edit', app.detail.name, app.editor.form);
});

test('picture: the review of a save', async ({ app }) => {
  await openSamples(app);
  await app.catalog.open(GATEWAY);
  await app.editor.begin();
  await app.editor.type('api_key', 'fake-new-key');
  await app.editor.add('retries', '3');
  await app.editor.openReview();
  await expect(app.editor.difference('api_key')).toContainText('changed');
  await expect(app.editor.difference('retries')).toContainText('added');
  await expect(app.editor.way).toContainText('Swap');
  await expect(app.editor.saveButton).toBeEnabled();
  await picture('review', app.dialog(`Save the value of ${GATEWAY}?`));
});

test('picture: a merge', async ({ app, bridge }) => {
  await openDatabase(app);
  await app.editor.begin();
  await app.editor.type('password', 'fake-mine');
  const colleague = new Colleague(bridge.vault!);
  const now = JSON.parse((await colleague.aws('get-secret-value', '--secret-id', DATABASE)).SecretString);
  const theirs = { ...now, password: 'fake-theirs', host: 'fake-host.example.com' };
  await colleague.aws('put-secret-value', '--secret-id', DATABASE, '--secret-string', JSON.stringify(theirs));
  await app.editor.openReview();
  await expect(app.editor.mergeRow('password')).toContainText('changed on both sides');
  await expect(app.editor.mergeRow('host')).toHaveAttribute('data-state', 'theirs');
  await picture('merge', app.dialog(`Merge the value of ${DATABASE}`));
});

test('picture: the timeline of versions', async ({ app, bridge, page }) => {
  await openDatabase(app);
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await expect(versions.rows).toHaveCount(4);
  for (const label of ['AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'before-migration']) {
    await expect(versions.labelOf(label)).toBeVisible();
  }
  expect((await bridge.calls()).GetSecretValue, 'nothing was read to show it').toBeUndefined();
  await picture('versions', app.detail.name, page.getByTestId('versions'));
});

test('picture: a rollback before it is done', async ({ app }) => {
  await openDatabase(app);
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
  await versions.plan.compareButton.click();
  await expect(versions.plan.difference.row('password')).toContainText('changed');
  await expect(versions.plan.effects).not.toHaveCount(0);
  await expect(versions.plan.confirm, 'what can hurt is ticked first').toBeDisabled();
  await picture('rollback', versions.plan.dialog);
});

test('picture: the journal', async ({ app }) => {
  await openDatabase(app);
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
  await versions.plan.checkButton.click();
  await versions.plan.tick.check();
  await versions.plan.confirm.click();
  await expect(versions.plan.dialog).toHaveCount(0);
  await app.catalog.open(GATEWAY);
  await app.detail.turnTo('Value');
  await app.editor.begin();
  await app.editor.add('retries', '3');
  await app.editor.save();
  await app.journal.open();
  await expect(app.journal.entries).toHaveCount(2);
  await expect(app.journal.undoButtons).toHaveCount(2);
  await picture('journal', app.journal.dialog);
});

test.describe('in a time zone', () => {
  test.use({ timezoneId: 'Europe/Berlin' });

  test('picture: the schedule builder', async ({ app, page }) => {
    await openDatabase(app);
    await page.setViewportSize({ width: 1600, height: 1800 });
    await app.widenDetail();
    await app.widenDetail();
    await app.detail.turnTo('Rotation');
    await app.rotation.press('Edit rotation');
    await app.rotation.expression.fill('cron(0 0/3 * * ? *)');
    await expect(app.rotation.faults).toContainText(['A secret rotates every four hours at most.']);
    await expect(app.rotation.fix('cron(0 0/4 * * ? *)')).toBeVisible();
    const builder = page.getByTestId('schedule-builder');
    await picture('schedule', builder.getByRole('heading').first(), app.rotation.windows.last());
  });
});

test.describe('with a function that fails', () => {
  test.use({ settings: `[rotation_functions]\nRotatePostgres = "sh -c 'echo fake: no route to the database >&2; exit 1'"\n` });

  test('picture: a rotation that is stuck', async ({ app, colleague, page }) => {
    await colleague.create(SECRET);
    await page.setViewportSize({ width: 1280, height: 1100 });
    const rotation = await openRotation(app);
    await app.widenDetail();
    await rotation.press('Set up rotation');
    await rotation.functionArn.fill(FUNCTION.replace('GenericPasswordRotation', 'RotatePostgres'));
    await rotation.save();
    await rotation.expectSteps('failed', 'pending', 'pending', 'pending');
    await expect(rotation.diagnosis).toContainText('The rotation is stuck');
    await expect(rotation.symptom('createSecret failed on')).toContainText('sh ended with status 1.');
    await expect(rotation.diagnosis.getByRole('button', { name: 'Try again' })).toBeVisible();
    await picture('rotation-stuck', page.getByTestId('rotation-steps'), rotation.diagnosis);
  });
});

test('picture: the steps of a rotation', async ({ app, colleague, page }) => {
  await colleague.create(SECRET);
  const rotation = await openRotation(app);
  await turnOn(rotation);
  await expect(rotation.facts).toContainText(FUNCTION);
  await dismiss(app);
  await picture('rotation-steps', page.getByTestId('rotation-steps'));
});

test('picture: the menu of connections, and a guard', async ({ app, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'aws');
  await mkdir(folder, { recursive: true });
  const profile = (name: string, last: number) => `[profile ${name}]
aws_access_key_id = AKIAFAKEFAKEFAKE000${last}
aws_secret_access_key = fake
region = eu-central-1
endpoint_url = http://127.0.0.1:9
`;
  await writeFile(join(folder, 'config'), `${profile('acme-nonprod', 1)}${profile('acme-prod', 2)}`);
  await app.open();
  await app.connectionName.click();
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: /^acme-prod \(production, confirm/ })).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: /^acme-nonprod/ })).not.toContainText('production');
  await picture('connection-menu', page.getByTestId('topbar'), menu);

  await menu.getByRole('menuitem', { name: 'Connections…' }).click();
  await app.connections.connection('acme-prod').getByRole('button', { name: 'Edit…' }).click();
  await expect(app.editConnection.form.getByRole('radio', { name: 'Confirm' })).toBeChecked();
  await expect(app.editConnection.form).toContainText('Its name suggests production, so Confirm is proposed.');
  await picture('edit-connection', app.dialog('Edit acme-prod'));
});

test('picture: an access key before it is saved', async ({ app }) => {
  await app.open();
  await app.chooseInMenu('Add an access key');
  const dialog = app.dialog('Add access key');
  await dialog.getByLabel('Name').fill('ops');
  await dialog.getByLabel('Access key ID').fill('AKIAFAKEFAKEFAKE0007');
  const secret = dialog.getByRole('textbox', { name: 'Secret access key' });
  await secret.fill('fake');
  await expect(secret).toHaveAttribute('type', 'password');
  await picture('add-access-key', dialog);
});

test('picture: the settings', async ({ app, page }) => {
  await page.setViewportSize({ width: 1280, height: 1100 });
  await app.open();
  await app.settings.open();
  await expect(app.settings.choice('Hide revealed values after')).toHaveValue('60');
  await expect(app.settings.functions).toContainText('settings.toml');
  await picture('settings', app.settings.dialog);
});

test.describe('on disk, with a keyring', () => {
  test.use({ vault: 'folder', keyring: 'own' });

  test('picture: an empty vault', async ({ app }) => {
    await app.open();
    for (const button of ['Create your first secret', 'Load sample secrets', 'Copy terminal settings', 'Add recovery passphrase…']) {
      await expect(app.firstRun.getByRole('button', { name: button })).toBeVisible();
    }
    await picture('first-run', app.firstRun);
  });

  test('picture: the lock', async ({ app, page }) => {
    await app.open();
    const lock = new LockScreen(page);
    await lock.setPassphrase('fake right passphrase');
    await lock.lock();
    await expect(lock.passphrase).toBeVisible();
    await expect(lock.screen).toContainText('Keys, clients and open values were removed from memory');
    await picture('lock', lock.screen);
  });
});
