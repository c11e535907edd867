// The pictures of the pages in `docs/`: each is made here, of a state that is asserted. CONTRIBUTING says how they are
// refreshed.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { ROOT } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
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
async function openSamples(desk: Desk): Promise<void> {
  await desk.open();
  await desk.page.getByTestId('load-samples').click();
  await expect(desk.catalog.rows.first()).toBeVisible();
  await dismiss(desk);
}

async function openDatabase(desk: Desk): Promise<void> {
  await openSamples(desk);
  await desk.catalog.open(DATABASE);
  await expect(desk.detail.sealed).toBeVisible();
}

async function dismiss(desk: Desk): Promise<void> {
  await desk.toasts.first().getByRole('button', { name: 'Dismiss' }).click();
  await expect(desk.toasts).toHaveCount(0);
}

test('picture: the search box', async ({ desk, page }) => {
  await openSamples(desk);
  await desk.search.filter('name:prod');
  await desk.search.type('tag-key:');
  await expect(desk.search.chips).toHaveText([/name:\s*prod/]);
  await expect(desk.search.choices.filter({ hasText: 'team' })).toBeVisible();
  await expect(desk.catalog.count).toHaveText('13 secrets');
  await picture('search', page.getByTestId('topbar'), desk.catalog.rows.nth(7));
});

test('picture: one key of a value', async ({ desk }) => {
  await openDatabase(desk);
  await desk.detail.showKeysButton.click();
  await desk.detail.revealField('username');
  await expect(desk.detail.clearTexts).toHaveText(['payments_app']);
  await expect(desk.detail.masks).toHaveCount(5);
  await expect(desk.detail.countdown).toBeVisible();
  await picture('value', desk.detail.name, desk.detail.fields.first(), desk.detail.note);
});

test('picture: an edit beside its text', async ({ desk, page }) => {
  await openDatabase(desk);
  await desk.widenDetail();
  await desk.editor.begin();
  await desk.editor.form.getByRole('radio', { name: 'Both' }).check();
  await desk.editor.type('password', 'fake-new-password');
  await page.getByTestId('show-raw').click();
  await expect(desk.editor.raw).toHaveValue(/"password":\s*"fake-new-password"/);
  await picture('edit', desk.detail.name, desk.editor.form);
});

test('picture: the review of a save', async ({ desk }) => {
  await openSamples(desk);
  await desk.catalog.open(GATEWAY);
  await desk.editor.begin();
  await desk.editor.type('api_key', 'fake-new-key');
  await desk.editor.add('retries', '3');
  await desk.editor.openReview();
  await expect(desk.editor.difference('api_key')).toContainText('changed');
  await expect(desk.editor.difference('retries')).toContainText('added');
  await expect(desk.editor.way).toContainText('Swap');
  await expect(desk.editor.saveButton).toBeEnabled();
  await picture('review', desk.dialog(`Save the value of ${GATEWAY}?`));
});

test('picture: a merge', async ({ desk, bridge }) => {
  await openDatabase(desk);
  await desk.editor.begin();
  await desk.editor.type('password', 'fake-mine');
  const colleague = new Colleague(bridge.vault!);
  const now = JSON.parse((await colleague.aws('get-secret-value', '--secret-id', DATABASE)).SecretString);
  const theirs = { ...now, password: 'fake-theirs', host: 'fake-host.example.com' };
  await colleague.aws('put-secret-value', '--secret-id', DATABASE, '--secret-string', JSON.stringify(theirs));
  await desk.editor.openReview();
  await expect(desk.editor.mergeRow('password')).toContainText('changed on both sides');
  await expect(desk.editor.mergeRow('host')).toHaveAttribute('data-state', 'theirs');
  await picture('merge', desk.dialog(`Merge the value of ${DATABASE}`));
});

test('picture: the timeline of versions', async ({ desk, bridge, page }) => {
  await openDatabase(desk);
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
  await expect(versions.rows).toHaveCount(4);
  for (const label of ['AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'before-migration']) {
    await expect(versions.labelOf(label)).toBeVisible();
  }
  expect((await bridge.calls()).GetSecretValue, 'nothing was read to show it').toBeUndefined();
  await picture('versions', desk.detail.name, page.getByTestId('versions'));
});

test('picture: a rollback before it is done', async ({ desk }) => {
  await openDatabase(desk);
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
  await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
  await versions.plan.compareButton.click();
  await expect(versions.plan.difference.row('password')).toContainText('changed');
  await expect(versions.plan.effects).not.toHaveCount(0);
  await expect(versions.plan.confirm, 'what can hurt is ticked first').toBeDisabled();
  await picture('rollback', versions.plan.dialog);
});

test('picture: the journal', async ({ desk }) => {
  await openDatabase(desk);
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
  await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
  await versions.plan.checkButton.click();
  await versions.plan.tick.check();
  await versions.plan.confirm.click();
  await expect(versions.plan.dialog).toHaveCount(0);
  await desk.catalog.open(GATEWAY);
  await desk.detail.turnTo('Value');
  await desk.editor.begin();
  await desk.editor.add('retries', '3');
  await desk.editor.save();
  await desk.journal.open();
  await expect(desk.journal.entries).toHaveCount(2);
  await expect(desk.journal.undoButtons).toHaveCount(2);
  await picture('journal', desk.journal.dialog);
});

test.describe('in a time zone', () => {
  test.use({ timezoneId: 'Europe/Berlin' });

  test('picture: the schedule builder', async ({ desk, page }) => {
    await openDatabase(desk);
    await page.setViewportSize({ width: 1600, height: 1800 });
    await desk.widenDetail();
    await desk.widenDetail();
    await desk.detail.turnTo('Rotation');
    await desk.rotation.press('Edit rotation');
    await desk.rotation.expression.fill('cron(0 0/3 * * ? *)');
    await expect(desk.rotation.faults).toContainText(['A secret rotates every four hours at most.']);
    await expect(desk.rotation.mend('cron(0 0/4 * * ? *)')).toBeVisible();
    const builder = page.getByTestId('schedule-builder');
    await picture('schedule', builder.getByRole('heading').first(), desk.rotation.windows.last());
  });
});

test.describe('with a function that fails', () => {
  test.use({ settings: `[rotation_functions]\nRotatePostgres = "sh -c 'echo fake: no route to the database >&2; exit 1'"\n` });

  test('picture: a rotation that is stuck', async ({ desk, colleague, page }) => {
    await colleague.create(SECRET);
    await page.setViewportSize({ width: 1280, height: 1100 });
    const rotation = await openRotation(desk);
    await desk.widenDetail();
    await rotation.press('Set up rotation');
    await rotation.functionArn.fill(FUNCTION.replace('GenericPasswordRotation', 'RotatePostgres'));
    await rotation.save();
    await rotation.expectSteps('failed', 'waits', 'waits', 'waits');
    await expect(rotation.diagnosis).toContainText('The rotation is stuck');
    await expect(rotation.symptom('createSecret failed on')).toContainText('sh ended with status 1.');
    await expect(rotation.diagnosis.getByRole('button', { name: 'Try again' })).toBeVisible();
    await picture('rotation-stuck', page.getByTestId('rotation-steps'), rotation.diagnosis);
  });
});

test('picture: the steps of a rotation', async ({ desk, colleague, page }) => {
  await colleague.create(SECRET);
  const rotation = await openRotation(desk);
  await turnOn(rotation);
  await expect(rotation.facts).toContainText(FUNCTION);
  await dismiss(desk);
  await picture('rotation-steps', page.getByTestId('rotation-steps'));
});

test('picture: the menu of connections, and a guard', async ({ desk, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'aws');
  await mkdir(folder, { recursive: true });
  const profile = (name: string, last: number) => `[profile ${name}]
aws_access_key_id = AKIAFAKEFAKEFAKE000${last}
aws_secret_access_key = fake
region = eu-central-1
endpoint_url = http://127.0.0.1:9
`;
  await writeFile(join(folder, 'config'), `${profile('acme-nonprod', 1)}${profile('acme-prod', 2)}`);
  await desk.open();
  await desk.connectionName.click();
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: /^acme-prod \(production, confirm/ })).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: /^acme-nonprod/ })).not.toContainText('production');
  await picture('connection-menu', page.getByTestId('topbar'), menu);

  await menu.getByRole('menuitem', { name: 'Connections…' }).click();
  await desk.connections.connection('acme-prod').getByRole('button', { name: 'Edit…' }).click();
  await expect(desk.editConnection.form.getByRole('radio', { name: 'Confirm' })).toBeChecked();
  await expect(desk.editConnection.form).toContainText('Its name says production, so Confirm is proposed.');
  await picture('edit-connection', desk.dialog('Edit acme-prod'));
});

test('picture: an access key before it is saved', async ({ desk }) => {
  await desk.open();
  await desk.chooseInMenu('Add an access key');
  const dialog = desk.dialog('Add access key');
  await dialog.getByLabel('Name').fill('ops');
  await dialog.getByLabel('Access key ID').fill('AKIAFAKEFAKEFAKE0007');
  const secret = dialog.getByRole('textbox', { name: 'Secret access key' });
  await secret.fill('fake');
  await expect(secret).toHaveAttribute('type', 'password');
  await picture('add-access-key', dialog);
});

test('picture: the settings', async ({ desk, page }) => {
  await page.setViewportSize({ width: 1280, height: 1100 });
  await desk.open();
  await desk.settings.open();
  await expect(desk.settings.choice('Hide revealed values after')).toHaveValue('60');
  await expect(desk.settings.functions).toContainText('settings.toml');
  await picture('settings', desk.settings.dialog);
});

test.describe('on disk, with a keyring', () => {
  test.use({ vault: 'folder', keyring: 'own' });

  test('picture: an empty vault', async ({ desk }) => {
    await desk.open();
    for (const button of ['Create your first secret', 'Load sample secrets', 'Copy terminal settings', 'Add recovery passphrase…']) {
      await expect(desk.firstRun.getByRole('button', { name: button })).toBeVisible();
    }
    await picture('first-run', desk.firstRun);
  });

  test('picture: the lock', async ({ desk, page }) => {
    await desk.open();
    const lock = new LockScreen(page);
    await lock.setPassphrase('fake right passphrase');
    await lock.lock();
    await expect(lock.passphrase).toBeVisible();
    await expect(lock.screen).toContainText('Keys, clients and opened values were dropped');
    await picture('lock', lock.screen);
  });
});
