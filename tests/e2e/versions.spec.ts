import { type Answer, Endpoint } from './endpoints.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { versionsOf } from './secrets.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-AbC12x';
const V1 = '11111111-1111-4111-8111-111111111111';
const V2 = '22222222-2222-4222-8222-222222222222';
const V3 = '33333333-3333-4333-8333-333333333333';

test('the timeline shows what is known of each version without reading it', async ({ app, colleague, bridge }) => {
  const [first, second, third] = await versionsOf(colleague);
  await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'blue', '--move-to-version-id', third);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await expect(versions.rows).toHaveCount(2);
  await expect(versions.count).toHaveText('3 of 100 versions');
  await expect(versions.labels(third)).toHaveText(['AWSCURRENT', 'blue']);
  await expect(versions.labels(second)).toHaveText(['AWSPREVIOUS']);
  await expect(versions.row(third)).toContainText('Never read');
  await expect(versions.row(third)).toContainText('aws/secretsmanager');

  await versions.deprecatedSwitch.click();
  await expect(versions.rows).toHaveCount(3);
  await expect(versions.row(first)).toContainText('Deprecated');
  const order = await versions.rows.evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.versionId));
  expect(order, 'newest first').toEqual([third, second, first]);
  expect((await bridge.calls()).GetSecretValue, 'the timeline reads no value').toBeUndefined();
});

test('what is selected on one timeline is not on the next', async ({ app, colleague }) => {
  const [first, second] = await versionsOf(colleague);
  await colleague.create({ name: 'other', value: 'fake' });
  await app.openList('2 secrets');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.deprecatedSwitch.click();
  for (const version of [first, second]) await versions.row(version).getByTestId('choose-version').check();
  await expect(versions.compareButton).toBeEnabled();
  await app.catalog.open('other');
  await expect(versions.rows).toHaveCount(1);
  await expect(versions.compareBar).toHaveCount(0);
  await app.catalog.open('app/db');
  await expect(versions.rows, 'those without a label are folded away again').toHaveCount(2);
  await expect(versions.compareBar).toHaveCount(0);
});

test('a size is shown of a version that was opened, and of no other', async ({ app, colleague }) => {
  const [, second, third] = await versionsOf(colleague);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.showKeysButton.click();
  await expect(app.detail.fields).toHaveCount(1);
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await expect(versions.row(third).getByTestId('version-size')).toHaveText('Opened: 7 bytes');
  await expect(versions.row(second).getByTestId('version-size')).toHaveCount(0);
});

test('two versions are compared by key, masked until revealed, and each is read once', async ({ app, colleague, bridge, page }) => {
  await page.clock.install();
  const old = { db: { host: 'fake-old-host', port: 5432 }, password: 'fake-same', token: 'fake-token' };
  const now = { db: { host: 'fake-new-host', port: '5432' }, password: 'fake-same', copy: 'fake-same' };
  const [first, second] = await versionsOf(colleague, [old, now]);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.row(first).getByTestId('choose-version').check();
  await expect(versions.compareButton).toBeDisabled();
  await versions.row(second).getByTestId('choose-version').check();
  await expect(versions.compareBar).toContainText('Comparing reads both.');
  expect((await bridge.calls()).GetSecretValue, 'to select is not to read').toBeUndefined();
  await versions.compareButton.click();
  const { compared } = versions;
  await expect(compared.view).toContainText('4 of 5 keys changed.');
  await expect(compared.row('db.host')).toContainText('changed');
  await expect(compared.row('db.port')).toContainText('type changed');
  await expect(compared.row('token')).toContainText('removed');
  await expect(compared.row('copy')).toContainText('added');
  expect((await bridge.calls()).GetSecretValue, 'one read of each').toBe(2);
  expect(await page.content()).not.toContain('fake-old-host');
  await expectAccessible(app);

  await compared.revealButton.click();
  await expect(compared.row('db.host').getByTestId('clear-text')).toHaveText(['fake-old-host', 'fake-new-host']);
  await page.clock.runFor(61_000);
  await expect(compared.clearTexts, 'masked again after its time').toHaveCount(0);
  expect(await page.content()).not.toContain('fake-old-host');
  await page.keyboard.press('Escape');
  await expect(versions.compareDialog).toHaveCount(0);
  await expect(versions.row(second).getByTestId('version-difference')).toContainText('db.host, db.port, token and 1 more changed');
  await expect(versions.row(first).getByTestId('version-size')).toBeVisible();
});

test('text is compared by line, bytes by size and fingerprint, and equal values are known to be equal', async ({ app, colleague }) => {
  const [{ VersionId: lines }] = await colleague.create({ name: 'app/db', value: 'fake-1\nfake-2\nfake-3\n' });
  const put = async (...words: string[]): Promise<string> =>
    (await colleague.aws('put-secret-value', '--secret-id', 'app/db', ...words)).VersionId;
  const changed = await put('--secret-string', 'fake-1\nfake-two\nfake-3\n');
  const same = await put('--secret-string', 'fake-1\nfake-two\nfake-3\n');
  const binary = await put('--secret-binary', 'fake bytes');
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.deprecatedSwitch.click();
  await versions.compare(lines, changed);
  await expect(versions.compared.view).toContainText('1 line removed, 1 line added.');
  await versions.compared.revealButton.click();
  await expect(versions.compared.clearTexts).toHaveText(['fake-2', 'fake-two']);
  await app.page.keyboard.press('Escape');
  await expect(versions.compareDialog).toHaveCount(0);

  await versions.row(lines).getByTestId('choose-version').uncheck();
  await versions.compare(same);
  await expect(versions.compared.view).toContainText('Both values are equal, byte for byte.');
  await expect(versions.compared.revealButton).toHaveCount(0);
  await app.page.keyboard.press('Escape');
  await expect(versions.compareDialog).toHaveCount(0);

  await versions.row(changed).getByTestId('choose-version').uncheck();
  await versions.compare(binary);
  await expect(versions.compared.view).toContainText('Binary, 10 bytes');
  await expect(versions.compared.view.getByTestId('fingerprint')).toHaveText([/^[0-9a-f]{16}$/, /^[0-9a-f]{16}$/]);
  const [one, other] = await versions.compared.view.getByTestId('fingerprint').allTextContents();
  expect(one, 'other bytes, another fingerprint').not.toBe(other);
});

/** An endpoint with one secret that may be described, and whatever else `answers` holds. */
function scripted(described: object, answers: Record<string, (request: any) => Answer> = {}): Promise<Endpoint> {
  const stages = { [V2]: ['AWSCURRENT'], [V1]: ['AWSPREVIOUS'] };
  return Endpoint.start((operation, request) => {
    if (operation === 'DescribeSecret') {
      return { json: { ARN, Name: 'app/db', VersionIdsToStages: stages, ...described } };
    }
    return answers[operation]?.(request) ?? { denied: `not allowed: ${operation}` };
  });
}

/** Opens `app/db` of an endpoint on its versions. */
async function openVersions(app: App, endpoint: Endpoint): Promise<void> {
  await app.openAt(endpoint, 'app/db');
  await app.detail.turnTo('Versions');
}

test('a version that waits for its value says so, and cannot become current', async ({ app }) => {
  const stages: Record<string, string[]> = { [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT'], [V3]: ['AWSPENDING'] };
  const listed = [V1, V2].map((VersionId) => ({ VersionId, VersionStages: stages[VersionId], CreatedDate: 1763700000 }));
  const endpoint = await scripted(
    { VersionIdsToStages: stages },
    { ListSecretVersionIds: () => ({ json: { ARN, Name: 'app/db', Versions: listed } }) },
  );
  await openVersions(app, endpoint);
  const { versions } = app.detail;
  await expect(versions.row(V3)).toContainText('No value yet');
  await expect(versions.row(V3).getByTestId('make-current')).toHaveCount(0);
  await expect(versions.row(V3).getByTestId('go-to-value')).toBeDisabled();
  await expect(versions.row(V1).getByTestId('make-current')).toBeVisible();
  await endpoint.stop();
});

test('a replica is read-only, and leads to its primary', async ({ app }) => {
  const endpoint = await scripted({ PrimaryRegion: 'us-east-1' });
  await openVersions(app, endpoint);
  const { versions } = app.detail;
  await expect(versions.rows).toHaveCount(2);
  await expect(versions.rows.getByTestId('make-current')).toHaveCount(0);
  await expect(versions.readOnlyNote).toContainText('Its primary is in us-east-1');
  await versions.readOnlyNote.getByRole('button', { name: 'Go to the primary in us-east-1' }).click();
  await expect(app.region).toHaveValue('us-east-1');
  await expect(versions.row(V1).getByTestId('make-current')).toBeVisible();
  await endpoint.stop();
});

test('one version that may not be read is said so, and can still be made current by name', async ({ app }) => {
  const calls: string[] = [];
  let stages: Record<string, string[]> = { [V2]: ['AWSCURRENT'], [V1]: ['AWSPREVIOUS'] };
  const endpoint = await Endpoint.start((operation, request) => {
    calls.push(operation);
    switch (operation) {
      case 'DescribeSecret':
        return { json: { ARN, Name: 'app/db', VersionIdsToStages: stages } };
      case 'GetSecretValue':
        return request.VersionId === V1
          ? { denied: 'Access to KMS is not allowed' }
          : { json: { ARN, Name: 'app/db', VersionId: V2, SecretString: '{"n":2}', VersionStages: ['AWSCURRENT'] } };
      case 'UpdateSecretVersionStage':
        stages = { [V1]: ['AWSCURRENT'], [V2]: ['AWSPREVIOUS'] };
        return { json: { ARN, Name: 'app/db' } };
      default:
        return { denied: `not allowed: ${operation}` };
    }
  });
  await openVersions(app, endpoint);
  const { versions } = app.detail;
  await versions.compare(V1, V2);
  await expect(versions.compareDialog.getByTestId('compare-failure')).toContainText('Version 11111111 could not be read.');
  await app.page.keyboard.press('Escape');
  await expect(versions.compareDialog).toHaveCount(0);

  await versions.makeCurrent(V1);
  await versions.plan.checkButton.click();
  await expect(versions.plan.failure).toContainText('Version 11111111 could not be read.');
  await expect(versions.plan.confirm).toBeDisabled();
  await versions.plan.typedName.fill('app/db');
  await versions.plan.confirm.click();
  await expect(versions.labels(V1)).toHaveText(['AWSCURRENT']);
  expect(calls.filter((call) => call === 'UpdateSecretVersionStage')).toHaveLength(1);
  await endpoint.stop();
});

test('a secret that a service manages says so in the preview', async ({ app }) => {
  const endpoint = await scripted({ OwningService: 'rds' });
  await openVersions(app, endpoint);
  const { versions } = app.detail;
  await versions.makeCurrent(V1);
  await expect(versions.plan.effects.filter({ hasText: 'rds manages this secret' })).toBeVisible();
  await versions.plan.cancel();
  await endpoint.stop();
});
