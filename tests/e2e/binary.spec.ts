// Binary values: out to a file and in from one, byte for byte, past the window.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, expectAccessible, test } from './fixtures.ts';

const BYTES = Buffer.from([0, 255, 10, 13, 10, 128, 0, 7]);

test('a binary value goes to a file and comes from one, byte for byte', async ({ app, colleague, page, bridge }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await colleague.create({ name: 'app/key', value: BYTES });
  await app.openList('1 secret');
  await app.catalog.open('app/key');
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Export to a file…' }).click();
  expect((await bridge.calls()).GetSecretValue, 'it is asked first').toBeUndefined();
  await expect(page.getByTestId('export-question')).toContainText('unencrypted');
  await expectAccessible(app);
  await page.getByRole('button', { name: 'Choose the file…' }).click();
  await expect(app.toasts.last()).toContainText('key.bin');
  expect((await readFile(join(folder, 'key.bin'))).equals(BYTES)).toBe(true);
  expect((await stat(join(folder, 'key.bin'))).mode & 0o777).toBe(0o600);

  const other = Buffer.concat([BYTES, Buffer.from([1, 2, 3])]);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), other);
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  await expect(app.editor.review).toContainText('11 bytes');
  await app.editor.saveButton.click();
  await expect(app.toasts.last()).toContainText('Saved app/key.');
  const now = await colleague.aws('get-secret-value', '--secret-id', 'app/key');
  expect(Buffer.from(now.SecretBinary, 'base64').equals(other)).toBe(true);
});

test('a file that is too large is refused before anything is sent', async ({ app, colleague, page, bridge }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), Buffer.alloc(65_537));
  await colleague.create({ name: 'app/key', value: BYTES });
  await app.openList('1 secret');
  await app.catalog.open('app/key');
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  await expect(app.errorPanel).toContainText('this one has 65,537');
  const { PutSecretValue, UpdateSecretVersionStage } = await bridge.calls();
  expect([PutSecretValue, UpdateSecretVersionStage]).toEqual([undefined, undefined]);
  await expect(app.editor.saveButton).toHaveCount(0);
});

test('who wants to edit a binary value is led to a file, and saves it either way', async ({ app, colleague, page, bridge }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), BYTES.subarray(2));
  await colleague.create({ name: 'app/key', value: BYTES });
  await app.openList('1 secret');
  await app.catalog.open('app/key');
  await page.getByTestId('edit-value').click();
  const note = page.getByTestId('binary-note');
  await expect(note).toContainText('cannot be edited as text');
  await expect(page.getByTestId('error-panel'), 'nothing went wrong').toHaveCount(0);
  await expect(page.getByTestId('edit-value'), 'there is nothing to edit').toHaveCount(0);
  await expectAccessible(app);
  await note.getByRole('button', { name: 'Replace from a file…' }).click();
  await expect(app.editor.review).toContainText('6 bytes');
  await expect(app.editor.way).toContainText('Swap');
  await writeFile(join(folder, 'value.bin'), 'another file by now');
  await app.editor.review.getByText('Write directly with PutSecretValue').click();
  await expect(app.editor.way).toContainText('Put and verify');
  await expect(app.editor.review, 'the bytes that were reviewed, and no second question for a file').toContainText('6 bytes');
  await expectAccessible(app);
  await app.editor.saveButton.click();
  await expect(app.toasts.last()).toContainText('Saved app/key.');
  const now = await colleague.aws('get-secret-value', '--secret-id', 'app/key');
  expect(Buffer.from(now.SecretBinary, 'base64').equals(BYTES.subarray(2))).toBe(true);
  expect((await bridge.calls()).UpdateSecretVersionStage, 'one put, and no swap').toBeUndefined();
});

test('a text from a file stays where its consumers read it, unless a person chooses binary', async ({ app, colleague, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), 'fake-é\n');
  await colleague.create({ name: 'app/key', value: 'fake-old' });
  await app.openList('1 secret');
  await app.catalog.open('app/key');
  const replace = async () => {
    await page.getByRole('button', { name: 'Files' }).click();
    await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  };
  const field = page.getByTestId('value-field-name');
  await replace();
  await expect(field).toHaveText('SecretString');
  await app.editor.saveButton.click();
  await expect(app.toasts.last()).toContainText('Saved app/key.');
  const read = () => colleague.aws('get-secret-value', '--secret-id', 'app/key');
  expect((await read()).SecretString).toBe('fake-é\n');

  await writeFile(join(folder, 'value.bin'), 'fake-newer\n');
  await replace();
  await page.getByText('Store the file as binary').click();
  await expect(field).toContainText('SecretBinary. It was SecretString: consumers that read SecretString will not find');
  await expectAccessible(app);
  await app.editor.saveButton.click();
  await expect(app.toasts.last()).toContainText('Saved app/key.');
  const now = await read();
  expect(now.SecretString).toBeUndefined();
  expect(Buffer.from(now.SecretBinary, 'base64').toString()).toBe('fake-newer\n');
});
