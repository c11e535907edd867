import { type Answer, Endpoint } from './endpoints.ts';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { versionsOf } from './secrets.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-AbC12x';
const V1 = '11111111-1111-4111-8111-111111111111';
const V2 = '22222222-2222-4222-8222-222222222222';
const V3 = '33333333-3333-4333-8333-333333333333';

test('the timeline shows what is known of each version without reading it', async ({ desk, colleague, bridge }) => {
  const [first, second, third] = await versionsOf(colleague);
  await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'blue', '--move-to-version-id', third);
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
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

test('a size is shown of a version that was opened, and of no other', async ({ desk, colleague }) => {
  const [, second, third] = await versionsOf(colleague);
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.detail.showKeysButton.click();
  await expect(desk.detail.fields).toHaveCount(1);
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
  await expect(versions.row(third).getByTestId('version-size')).toHaveText('Opened: 7 bytes');
  await expect(versions.row(second).getByTestId('version-size')).toHaveCount(0);
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
async function openVersions(desk: Desk, endpoint: Endpoint): Promise<void> {
  await desk.open();
  await desk.chooseInMenu('Add an access key');
  await desk.connections.fill({ name: 'scripted', region: 'eu-west-1', endpoint: endpoint.url });
  await desk.connections.save.click();
  await expect(desk.connectionName).toHaveText('scripted');
  await desk.openByText('app/db');
  await desk.detail.turnTo('Versions');
}

test('a version that waits for its value says so, and cannot become current', async ({ desk }) => {
  const stages: Record<string, string[]> = { [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT'], [V3]: ['AWSPENDING'] };
  const listed = [V1, V2].map((VersionId) => ({ VersionId, VersionStages: stages[VersionId], CreatedDate: 1763700000 }));
  const endpoint = await scripted(
    { VersionIdsToStages: stages },
    { ListSecretVersionIds: () => ({ json: { ARN, Name: 'app/db', Versions: listed } }) },
  );
  await openVersions(desk, endpoint);
  const { versions } = desk.detail;
  await expect(versions.row(V3)).toContainText('No value yet');
  await expect(versions.row(V3).getByTestId('make-current')).toHaveCount(0);
  await expect(versions.row(V3).getByTestId('go-to-value')).toBeDisabled();
  await expect(versions.row(V1).getByTestId('make-current')).toBeVisible();
  await endpoint.stop();
});

test('a replica is read-only, and leads to its primary', async ({ desk }) => {
  const endpoint = await scripted({ PrimaryRegion: 'us-east-1' });
  await openVersions(desk, endpoint);
  const { versions } = desk.detail;
  await expect(versions.rows).toHaveCount(2);
  await expect(versions.rows.getByTestId('make-current')).toHaveCount(0);
  await expect(versions.readOnlyNote).toContainText('Its primary is in us-east-1');
  await versions.readOnlyNote.getByRole('button', { name: 'Go to the primary in us-east-1' }).click();
  await expect(desk.region).toHaveValue('us-east-1');
  await expect(versions.row(V1).getByTestId('make-current')).toBeVisible();
  await endpoint.stop();
});
