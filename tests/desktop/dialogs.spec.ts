// The platform's own dialogs, which no browser has.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { byTestId, answerIn, PATIENCE, row, test } from './window.ts';

const CONTENT = 'fake line 1\nfake line 2\n';

test('a value goes to a file and comes from one, chosen in the dialogs of the platform', async ({ window }) => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-files-'));
  const exported = join(folder, 'exported.txt');
  const replacement = join(folder, 'replacement.txt');
  await writeFile(replacement, CONTENT);
  await window.press(byTestId('load-samples'));
  await window.press(row('prod/payments/database'));

  await window.choose('Files', 'Export to a file…');
  await window.pressButton('Choose the file…');
  await window.answer('Export the value', exported);
  await window.shows(byTestId('toast'));
  await expect.poll(() => readFile(exported, 'utf8').catch(() => ''), { timeout: PATIENCE }).toContain('password');
  expect((await stat(exported)).mode & 0o777, 'its owner alone may read it').toBe(0o600);

  await window.choose('Files', 'Replace from a file…');
  await window.answer('Choose the file of the value', replacement);
  expect(await window.text(byTestId('save-review'))).toContain(`${CONTENT.length} bytes`);
  await rm(folder, { recursive: true });
});

test('Return and Escape change nothing in a question of the platform, and its other button agrees', async ({ window }) => {
  const { driver } = window;
  await window.shows(byTestId('load-samples'));
  const invoke = (command: string, request: object) =>
    driver.executeAsyncScript<any>(
      `const end = arguments[2];
      window.__TAURI_INTERNALS__.invoke(arguments[0], { request: arguments[1] }).then(end, (error) => end(error));`,
      command,
      request,
    );
  const edit = (guard: string) =>
    invoke('edit_connection', { connection: 'local', name: '', guard, colour: null, icon: null, reveal_asks: false });
  const guard = async () => (await invoke('list_connections', {})).list[0].marks.guard;
  await edit('read_only');
  expect(await guard()).toBe('read_only');
  for (const [keys, after] of [[['Return'], 'read_only'], [['Escape'], 'read_only'], [['Tab', 'Return'], 'free']] as const) {
    const editing = edit('free');
    await answerIn('Loosen the guard of Local vault?', ...keys);
    await editing;
    expect(await guard(), `after ${keys.join(', ')}`).toBe(after);
  }
});
