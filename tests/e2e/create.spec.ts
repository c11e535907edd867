// A new secret: from each structure of the user guide, from a pasted text, as a duplicate of another.
import { expect, expectAccessible, test } from './fixtures.ts';
import { expectFew, scrollToEnd } from './pages/long-rows.ts';

const TYPED = 'fake';
const GENERATED = expect.stringMatching(/^.{16,}$/);
const DATABASE = { host: TYPED, username: TYPED, password: GENERATED };

/** What is laid out at first of each structure, in the order of the guide: what rotation needs, and what has a default. */
const TEMPLATES: Record<string, Record<string, unknown>> = {
  PostgreSQL: { engine: 'postgres', ...DATABASE, dbname: 'postgres', port: 5432 },
  MySQL: { engine: 'mysql', ...DATABASE, port: 3306 },
  MariaDB: { engine: 'mariadb', ...DATABASE, port: 3306 },
  Oracle: { engine: 'oracle', ...DATABASE, dbname: TYPED, port: 1521 },
  'SQL Server': { engine: 'sqlserver', ...DATABASE, dbname: 'master', port: 1433 },
  Db2: { engine: 'db2', ...DATABASE, port: 50000, masterarn: TYPED },
  Redshift: { engine: 'redshift', ...DATABASE, port: 5439 },
  'Redshift Serverless': { engine: 'redshift', ...DATABASE, port: 5439 },
  DocumentDB: { engine: 'mongo', ...DATABASE, port: 27017, ssl: false },
  'Timestream for InfluxDB': { engine: 'timestream-influxdb', username: TYPED, password: GENERATED, dbIdentifier: TYPED },
  ElastiCache: { password: GENERATED, username: TYPED, user_arn: TYPED },
  'Active Directory credential': {
    awsSeamlessDomainDirectoryId: TYPED,
    awsSeamlessDomainUsername: TYPED,
    awsSeamlessDomainPassword: GENERATED,
  },
  'Active Directory keytab': {
    awsSeamlessDomainDirectoryId: TYPED,
    schemaVersion: '1.0',
    name: TYPED,
    principals: [],
    keytabContents: TYPED,
    parentSecretArn: TYPED,
    version: 1,
  },
};

for (const [title, expected] of Object.entries(TEMPLATES)) {
  test(`a secret is created from the template ${title}`, async ({ app, colleague }) => {
    await app.open();
    const form = app.createSecret;
    await form.open();
    await form.name.fill('app/new');
    await form.dialog.getByLabel('Template').selectOption(title);
    const values = form.dialog.getByTestId('field-row').getByLabel('Value', { exact: true });
    await expect(values).toHaveCount(Object.keys(expected).length);
    // The password comes from the engine; what is empty after it is for the person.
    const generated = Object.values(expected).indexOf(GENERATED);
    if (generated >= 0) await expect(values.nth(generated)).not.toHaveValue('');
    for (const value of await values.all()) {
      if ((await value.inputValue()) === '') await value.fill(TYPED);
    }
    await form.submit.click();
    await expect(app.detail.name).toHaveText('app/new');
    const made = JSON.parse((await colleague.aws('get-secret-value', '--secret-id', 'app/new')).SecretString);
    expect(made).toEqual(expected);
    expect(Object.keys(made), 'in the order of the guide').toEqual(Object.keys(expected));
  });
}

test('a template says what rotation needs, and knows further keys', async ({ app }) => {
  await app.open();
  const form = app.createSecret;
  await form.open();
  await form.dialog.getByLabel('Template').selectOption('MySQL');
  await expect(form.dialog.getByTestId('template-finding')).toContainText('; host');
  await expect(form.dialog.getByTestId('template-finding')).toContainText('rotation would fail');
  await form.dialog.getByRole('button', { name: 'More template keys' }).click();
  await app.page.getByRole('menuitem', { name: 'dbname' }).click();
  await expect(form.dialog.getByTestId('field-row')).toHaveCount(6);
  await expectAccessible(app);
});

test('an .env file and a JSON object are pasted', async ({ app, colleague }) => {
  await app.open();
  const form = app.createSecret;
  await form.open();
  await form.name.fill('app/env');
  await form.dialog.getByRole('radio', { name: 'Paste' }).check();
  const pasted = form.dialog.getByLabel('Lines of an .env file, or a JSON object');
  await pasted.fill("export USER=ops\nnonsense\nPASSWORD='fake $1'\n");
  await form.dialog.getByTestId('read-pasted').click();
  await expect(form.dialog.getByTestId('paste-notes')).toContainText('Line 2');
  await expect(form.dialog.getByTestId('field-row')).toHaveCount(2);
  await form.submit.click();
  await expect(app.detail.name).toHaveText('app/env');
  expect((await colleague.aws('get-secret-value', '--secret-id', 'app/env')).SecretString).toBe(
    '{"USER":"ops","PASSWORD":"fake $1"}',
  );

  await form.open();
  await form.name.fill('app/json');
  await form.dialog.getByRole('radio', { name: 'Paste' }).check();
  await pasted.fill('{ "a" : 1.00, "a" : 2 }');
  await form.dialog.getByTestId('read-pasted').click();
  await form.submit.click();
  await expect(app.detail.name).toHaveText('app/json');
  expect((await colleague.aws('get-secret-value', '--secret-id', 'app/json')).SecretString).toBe('{ "a" : 1.00, "a" : 2 }');
});

test('of five thousand pasted keys only those near the view are in the page, and all are saved', async ({ app, colleague, page }) => {
  await app.open();
  const form = app.createSecret;
  await form.open();
  await form.name.fill('app/env');
  await form.dialog.getByRole('radio', { name: 'Paste' }).check();
  const keys = Array.from({ length: 4_999 }, (_, at) => `K${at}`);
  await form.dialog.getByLabel('Lines of an .env file, or a JSON object').evaluate((area: HTMLTextAreaElement, text) => {
    // Line by line, as it would be typed, the browser takes a minute.
    area.value = text;
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }, keys.map((key) => `${key}=1`).join('\n'));
  await form.dialog.getByTestId('read-pasted').click();
  const rows = form.dialog.getByTestId('field-row');
  await expectFew(rows);
  await scrollToEnd(rows);
  await page.getByTestId('add-field').click();
  const added = rows.last().getByLabel('Key', { exact: true });
  await expect(added, 'at the far end').toBeFocused();
  await added.fill('LAST');
  await rows.last().getByLabel('Value', { exact: true }).fill('fake');
  await rows.nth(-2).getByRole('button', { name: 'Remove this key' }).click();
  await form.submit.click();
  await expect(app.detail.name).toHaveText('app/env');
  const { SecretString } = await colleague.aws('get-secret-value', '--secret-id', 'app/env');
  const kept = keys.slice(0, -1).map((key) => [key, '1']);
  expect(SecretString).toBe(JSON.stringify(Object.fromEntries([...kept, ['LAST', 'fake']])));
});

test('a secret is duplicated byte for byte', async ({ app, colleague, page, bridge }) => {
  const value = '{ "password" : "fake-original",\r\n "port": 5432.00 }';
  await colleague.create({ name: 'app/db', value, description: 'Fake', tags: { team: 'a' } });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.pane.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByRole('menuitem', { name: 'Duplicate secret…' }).click();
  const dialog = app.dialog('Duplicate app/db');
  await expect(dialog.getByTestId('copied-value')).toBeVisible();
  expect((await bridge.calls()).GetSecretValue, 'read once, on the click').toBe(1);
  expect(await page.content(), 'it goes along unseen').not.toContain('fake-original');
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('app/db-copy');
  await expectAccessible(app);
  await dialog.getByRole('button', { name: 'Create secret' }).click();
  await expect(app.detail.name).toHaveText('app/db-copy');
  expect((await colleague.aws('get-secret-value', '--secret-id', 'app/db-copy')).SecretString).toBe(value);
  const made = await colleague.aws('describe-secret', '--secret-id', 'app/db-copy');
  expect(made.Description).toBe('Fake');
  expect(made.Tags).toEqual([{ Key: 'team', Value: 'a' }]);
});

test('a binary value is duplicated too, and never enters the window', async ({ app, colleague, page, bridge }) => {
  const value = Buffer.from([0, 255, 10, 13, 128]);
  await colleague.create({ name: 'app/key', value });
  await app.openList('1 secret');
  await app.catalog.open('app/key');
  await app.detail.pane.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByRole('menuitem', { name: 'Duplicate secret…' }).click();
  const dialog = app.dialog('Duplicate app/key');
  await expect(dialog.getByTestId('copied-value')).toContainText('It is binary.');
  await expect(dialog.getByTestId('value-size')).toContainText('5 bytes of 64 KiB');
  await dialog.getByRole('button', { name: 'Create secret' }).click();
  await expect(app.detail.name).toHaveText('app/key-copy');
  expect((await bridge.calls()).GetSecretValue, 'read once').toBe(1);
  const made = await colleague.aws('get-secret-value', '--secret-id', 'app/key-copy');
  expect(Buffer.from(made.SecretBinary, 'base64').equals(value)).toBe(true);
});

test('a duplicate can be changed as text before it is created', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: 'fake-original' });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.pane.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByRole('menuitem', { name: 'Duplicate secret…' }).click();
  const dialog = app.dialog('Duplicate app/db');
  await dialog.getByRole('button', { name: 'Edit as text' }).click();
  await expect(dialog.getByLabel('Text', { exact: true })).toHaveValue('fake-original');
  await dialog.getByLabel('Text', { exact: true }).fill('fake-changed');
  await dialog.getByRole('button', { name: 'Create secret' }).click();
  await expect(app.detail.name).toHaveText('app/db-copy');
  expect((await colleague.aws('get-secret-value', '--secret-id', 'app/db-copy')).SecretString).toBe('fake-changed');
});

test('an opened value says what rotation would miss', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: { engine: 'mysql', username: 'ops', password: 'fake', Host: 'x' } });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await expect(page.getByTestId('template-finding'), 'nothing is known before it is opened').toHaveCount(0);
  await app.detail.showKeysButton.click();
  await expect(page.getByTestId('template-finding')).toContainText('looks like a MySQL secret; host');
  await expect(page.getByTestId('template-finding')).toContainText('keys are case-sensitive');
});

test('another template takes back what the first one filled in', async ({ app, page }) => {
  await app.open();
  const form = app.createSecret;
  await form.open();
  const template = form.dialog.getByLabel('Template', { exact: true });
  const value = (at: number) =>
    form.dialog.getByTestId('field-row').nth(at).getByLabel('Value', { exact: true });
  await template.selectOption('MySQL');
  await expect(value(3), 'a password is generated').toHaveValue(/^.{32}$/);
  await template.selectOption('Oracle');
  await expect(value(0)).toHaveValue('oracle');
  await expect(value(3), 'Oracle takes no longer password').toHaveValue(/^.{30}$/);
  await expect(form.dialog.getByTestId('template-finding')).toContainText('an Oracle secret');
  await form.dialog.getByTestId('field-row').nth(3).getByRole('button', { name: 'Generate a password' }).click();
  const maker = page.getByTestId('password-dialog');
  await maker.getByLabel('Length').fill('60');
  await expect(maker.getByTestId('password-warning')).toContainText('8 to 30 characters');
  await expectAccessible(app);
});

test('what was typed is asked for before it is replaced, and not asked for where nothing was', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: 'fake-original' });
  await app.openList('1 secret');
  const form = app.createSecret;
  await form.open();
  await form.fillText('fake-typed');
  await form.dialog.getByRole('radio', { name: 'Paste' }).check();
  await form.dialog.getByLabel('Lines of an .env file, or a JSON object').fill('{"a":1}');
  await form.dialog.getByTestId('read-pasted').click();
  await expect(form.dialog.getByTestId('replace-question')).toContainText('plain text');
  await expectAccessible(app);
  await form.dialog.getByRole('button', { name: 'Keep the text' }).click();
  await form.dialog.getByRole('radio', { name: 'Plain text' }).check();
  await expect(form.text).toHaveValue('fake-typed');
  await page.keyboard.press('Escape');
  await form.dialog.getByRole('button', { name: 'Discard', exact: true }).click();

  await app.catalog.open('app/db');
  await app.detail.pane.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByRole('menuitem', { name: 'Duplicate secret…' }).click();
  await expect(app.dialog('Duplicate app/db').getByTestId('copied-value')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(app.dialog('Duplicate app/db'), 'nothing was typed: nothing is asked').toHaveCount(0);
});
