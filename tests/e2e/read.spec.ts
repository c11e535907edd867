import { Endpoint } from './endpoints.ts';
import { expect, test } from './fixtures.ts';
import { soon } from './soon.ts';

/** A date of the AWS CLI, to the minute as the window writes it. */
function written(date: string | number): string {
  const at = new Date(typeof date === 'number' ? date * 1000 : date);
  const [, day, month, year] = at.toUTCString().split(' ');
  return `${Number(day)} ${month} ${year} ${at.toISOString().slice(11, 16)} UTC`;
}

const FIELDS = { username: 'ops', password: 'fake-password', port: 5432 };

test('a secret is opened, read field by field, and masked again', async ({ app, colleague, bridge }) => {
  await colleague.create({ name: 'app/db', value: FIELDS });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await expect(app.detail.name).toHaveText('app/db');
  await expect(app.detail.sealed).toBeVisible();
  await expect(app.detail.fields).toHaveCount(0);
  expect((await bridge.calls()).GetSecretValue, 'nothing is read without a press').toBeUndefined();

  await app.detail.showKeysButton.click();
  await expect(app.detail.fields).toHaveCount(3);
  await expect(app.detail.masks).toHaveCount(3);
  await expect(app.detail.note).toContainText('JSON with 3 keys');
  expect(await app.page.content(), 'the keys alone bring no value').not.toContain('fake-password');

  await app.detail.revealField('password');
  await expect(app.detail.field('password').getByTestId('clear-text')).toHaveText('fake-password');
  await expect(app.detail.clearTexts).toHaveCount(1);
  await app.detail.field('password').getByRole('button', { name: 'Hide password' }).click();
  await expect(app.detail.clearTexts).toHaveCount(0);

  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText(['ops', 'fake-password', '5432']);
  await app.detail.hideButton.click();
  await expect(app.detail.clearTexts).toHaveCount(0);
  expect(await app.page.content()).not.toContain('fake-password');
});

test('browsing, opening and looking around reads no value', async ({ app, colleague, bridge }) => {
  await colleague.create({ name: 'a', value: FIELDS }, { name: 'b', value: FIELDS });
  await app.openList('2 secrets');
  for (const name of ['a', 'b']) {
    await app.catalog.open(name);
    await expect(app.detail.name).toHaveText(name);
    await app.detail.turnTo('Versions');
    await expect(app.detail.versionRows).toHaveCount(1);
    await app.detail.turnTo('Details');
    await expect(app.detail.metadata).toContainText('arn:aws:secretsmanager');
    await app.detail.turnTo('Value');
  }
  const { ListSecrets: listed } = await bridge.calls();
  await app.refreshButton.click();
  await expect.poll(async () => (await bridge.calls()).ListSecrets, soon('it was listed anew')).toBeGreaterThan(listed);
  await expect(app.catalog.loading).toHaveCount(0);
  const calls = await bridge.calls();
  expect(calls.DescribeSecret, 'the secrets were opened').toBeGreaterThanOrEqual(2);
  expect(calls.GetSecretValue).toBeUndefined();
  expect(calls.BatchGetSecretValue).toBeUndefined();
});

test('a revealed value hides after a minute', async ({ app, colleague, page }) => {
  await page.clock.install();
  await colleague.create({ name: 'app/db', value: FIELDS });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveCount(3);
  await expect(app.detail.countdown).toContainText('Hides in');

  await page.clock.runFor(50_000);
  await expect(app.detail.clearTexts).toHaveCount(3);
  await page.clock.runFor(11_000);
  await expect(app.detail.clearTexts).toHaveCount(0);
  await expect(app.detail.countdown).toHaveCount(0);
  expect(await page.content()).not.toContain('fake-password');
});

test('a revealed value hides when the window loses the focus, unless the setting says otherwise', async ({
  app,
  colleague,
  page,
}) => {
  await colleague.create({ name: 'app/db', value: FIELDS });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveCount(3);
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(app.detail.clearTexts).toHaveCount(0);

  await app.settings.open();
  await app.settings.toggle('Hide revealed values when the window loses focus');
  await app.settings.close();
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveCount(3);
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(app.detail.clearTexts).toHaveCount(3);
});

test('turning to another tab, another secret or none masks the value', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'a', value: 'fake of a' }, { name: 'b', value: 'fake of b' });
  await app.openList('2 secrets');
  await app.catalog.open('a');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake of a');
  await app.detail.turnTo('Details');
  await app.detail.turnTo('Value');
  await expect(app.detail.clearTexts).toHaveCount(0);

  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake of a');
  await app.catalog.open('b');
  await expect(app.detail.name).toHaveText('b');
  await expect(app.detail.clearTexts).toHaveCount(0);
  expect(await page.content()).not.toContain('fake of a');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake of b');
  await app.detail.close();
  await expect(app.detail.pane).toHaveCount(0);
  expect(await page.content()).not.toContain('fake of b');
});

test('text is shown as it is', async ({ app, colleague }) => {
  const text = 'fake line 1\n  fake line 2\n<b>not bold</b> & "quoted"';
  await colleague.create({ name: 'text', value: text });
  await app.openList('1 secret');
  await app.catalog.open('text');
  await app.detail.revealButton.click();
  expect(await app.detail.clearTexts.textContent()).toBe(text);
  await expect(app.detail.note).toContainText('Text');
});

test('binary values are shown as hex and as Base64', async ({ app, colleague }) => {
  const bytes = Buffer.from([0x00, 0xff, 0x10, 0x66, 0x61, 0x6b, 0x65]);
  await colleague.create({ name: 'key', value: bytes });
  await app.openList('1 secret');
  await app.catalog.open('key');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText(/^(0+ +)?00 ff 10 66 61 6b 65 +\S?...fake\S?$/);
  await app.page.getByRole('radio', { name: 'Base64' }).check();
  await expect(app.detail.clearTexts).toHaveText(bytes.toString('base64'));
});

test('every version is listed with its stages, and its value can be read', async ({ app, colleague }) => {
  const [{ VersionId: first }] = await colleague.create({ name: 'v', value: 'fake-1' });
  const { VersionId: second } = await colleague.aws(
    'put-secret-value', '--secret-id', 'v', '--secret-string', 'fake-2', '--version-stages', 'AWSCURRENT', 'blue',
  );
  await app.openList('1 secret');
  await app.catalog.open('v');
  await app.detail.turnTo('Versions');
  await expect(app.detail.version(second).getByTestId('stage-tag')).toHaveText(['AWSCURRENT', 'blue']);
  await expect(app.detail.version(first).getByTestId('stage-tag')).toHaveText(['AWSPREVIOUS']);

  await app.detail.version(first).getByTestId('go-to-value').click();
  await expect(app.detail.versionPicker).toHaveValue(first);
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake-1');
  await app.detail.versionPicker.selectOption(second);
  await expect(app.detail.clearTexts).toHaveCount(0);
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake-2');
});

test('the details name key, dates, tags, rotation and replication', async ({ app, colleague }) => {
  await colleague.create({ name: 'app/db', description: 'Main database', tags: { team: 'payments' } });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Details');
  const details = app.detail.metadata;
  for (const words of ['arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-', 'aws/secretsmanager', 'Main database']) {
    await expect(details).toContainText(words);
  }
  await expect(details.getByTestId('tags')).toContainText('payments');
  await expect(details.getByTestId('rotation')).toContainText('Never set up');
  await expect(details.getByTestId('replication')).toContainText('No replicas');
  const { CreatedDate, LastChangedDate } = await colleague.aws('describe-secret', '--secret-id', 'app/db');
  await expect(app.detail.fact('Created')).toHaveText(`${written(CreatedDate)} · just now`);
  await expect(app.detail.fact('Last changed')).toHaveText(`${written(LastChangedDate)} · just now`);
  await expect(app.detail.fact('Last accessed')).toHaveText('Never, according to AWS');
});

test('each date, the rotation and each replica stand at their names among the details', async ({ app, page }) => {
  await page.clock.setFixedTime('2026-11-21T12:00:00Z');
  const at = (instant: string) => Date.parse(instant) / 1000;
  const described = {
    ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-AbCdEf',
    Name: 'app/db',
    OwningService: 'rds',
    KmsKeyId: 'alias/own-key',
    CreatedDate: at('2024-01-02T03:04:05Z'),
    LastChangedDate: at('2026-11-21T09:10:11Z'),
    LastAccessedDate: at('2026-11-19T00:00:00Z'),
    RotationEnabled: true,
    RotationLambdaARN: 'arn:aws:lambda:eu-west-1:123456789012:function:Rotate',
    RotationRules: { AutomaticallyAfterDays: 10, ScheduleExpression: 'rate(10 days)', Duration: '3h' },
    LastRotatedDate: at('2026-11-15T01:02:03Z'),
    NextRotationDate: at('2026-11-25T02:00:00Z'),
    PrimaryRegion: 'eu-west-1',
    ReplicationStatus: [
      { Region: 'eu-central-1', Status: 'InSync', KmsKeyId: 'alias/fake-key', LastAccessedDate: at('2026-11-18T00:00:00Z') },
      { Region: 'us-west-2', Status: 'Failed', StatusMessage: 'Fake reason' },
    ],
    VersionIdsToStages: { '11111111-1111-4111-8111-111111111111': ['AWSCURRENT'] },
  };
  const endpoint = await Endpoint.start((operation) =>
    operation === 'DescribeSecret' ? { json: described } : { denied: `not allowed: ${operation}` },
  );
  await app.openAt(endpoint, 'app/db');
  await app.detail.turnTo('Details');
  for (const [name, text] of [
    ['Owning service', 'rds'],
    ['Encryption key', 'alias/own-key'],
    ['Created', '2 Jan 2024 03:04 UTC · 2y ago'],
    ['Last changed', '21 Nov 2026 09:10 UTC · 2h ago'],
    ['Last accessed', '19 Nov 2026 (UTC day)'],
    ['State', 'On'],
    ['Schedule', 'rate(10 days)'],
    ['Window', '3h'],
    ['Last rotated', '15 Nov 2026 01:02 UTC · 6d ago'],
    ['Rotates by', '25 Nov 2026 02:00 UTC · in 3d'],
    ['Function', described.RotationLambdaARN],
  ]) {
    await expect(app.detail.fact(name), name).toHaveText(text);
  }
  const replication = app.detail.metadata.getByTestId('replication');
  await expect(replication).toContainText('Primary Region: eu-west-1');
  const replica = (region: string) => replication.getByRole('row').filter({ has: page.getByRole('rowheader', { name: region }) });
  await expect(replica('eu-central-1').getByRole('cell')).toHaveText(['InSync', 'alias/fake-key', '18 Nov 2026']);
  await expect(replica('us-west-2').getByRole('cell')).toHaveText(['FailedFake reason', 'aws/secretsmanager', 'Never']);
  await endpoint.stop();
});

test('a secret without a value says so', async ({ app, colleague }) => {
  await colleague.aws('create-secret', '--name', 'empty');
  await app.openList('1 secret');
  await app.catalog.open('empty');
  await expect(app.detail.value).toContainText('No value yet');
});

test('a secret is opened by its name, its ARN and a URL of the console', async ({ app, colleague }) => {
  const [{ ARN: arn }] = await colleague.create({ name: 'app/db' });
  await colleague.aws('create-secret', '--region', 'eu-central-1', '--name', 'far', '--secret-string', 'fake');
  await app.openList('1 secret');
  for (const text of ['app/db', arn]) {
    await app.openByText(text);
    await expect(app.detail.name).toHaveText('app/db');
    await app.detail.close();
  }
  await app.openByText('https://eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=far&region=eu-central-1');
  await expect(app.detail.name).toHaveText('far');
  await expect(app.region).toHaveValue('eu-central-1');
});

test('a name that is not there is told in the dialog', async ({ app, colleague }) => {
  await colleague.create({ name: 'app/db' });
  await app.openList('1 secret');
  await app.openByText('nowhere');
  await expect(app.dialog('Open secret')).toContainText('DescribeSecret did not find nowhere');
});
