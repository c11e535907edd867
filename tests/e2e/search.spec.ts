import type { Written } from './colleague.ts';
import { expect, test } from './fixtures.ts';

const SOME: Written[] = [
  { name: 'prod/payments/db', description: 'Main database', tags: { team: 'payments', env: 'prod' } },
  { name: 'prod/payments/stripe', description: 'Key of the card processor', tags: { team: 'payments' } },
  { name: 'prod/web/session', description: 'Signs a cookie', tags: { team: 'web', env: 'prod' } },
  { name: 'staging/payments/db', description: 'Copy of the main database', tags: { env: 'staging' } },
];
const [PROD_DB, STRIPE, SESSION, STAGING_DB] = SOME.map((secret) => secret.name);

test.beforeEach(async ({ desk, colleague }) => {
  await colleague.create(...SOME);
  await desk.openList('4 secrets');
});

for (const [words, ...expected] of [
  ['name:prod/payments', PROD_DB, STRIPE],
  ['name:payments'],
  ['name:!prod/', STAGING_DB],
  ['name:prod/web,staging', SESSION, STAGING_DB],
  ['description:"data main"', PROD_DB, STAGING_DB],
  ['tag-key:env', PROD_DB, SESSION, STAGING_DB],
  ['tag-value:!prod', STRIPE, STAGING_DB],
  ['owning-service:!rds', PROD_DB, STRIPE, SESSION, STAGING_DB],
  ['primary-region:us'],
  ['main database', PROD_DB, STAGING_DB],
  ['!payments', SESSION],
  ['tag-key:env name:prod', PROD_DB, SESSION],
] as [string, ...string[]][]) {
  test(`the words ${words} find ${expected.length} secrets while they are typed`, async ({ desk }) => {
    await desk.search.type(words);
    await desk.catalog.expectNames(...expected);
    if (expected.length === 0) await expect(desk.catalog.emptyState).toContainText('Nothing matches');
  });
}

test('Enter makes chips of the words, and Backspace takes the last one back', async ({ desk }) => {
  await desk.search.filter('name:prod tag-key:env');
  await expect(desk.search.chips).toHaveText(['name:prod', 'tag-key:env']);
  await desk.catalog.expectNames(PROD_DB, SESSION);
  await expect(desk.statusBar).toContainText('2 match');

  await desk.search.input.press('Backspace');
  await expect(desk.search.chips).toHaveText(['name:prod']);
  await expect(desk.search.input).toHaveValue('tag-key:env');
  await desk.search.type('');
  await desk.catalog.expectNames(PROD_DB, STRIPE, SESSION);
});

test('a chip is removed by its button, all of them by the cross', async ({ desk }) => {
  await desk.search.filter('name:prod tag-key:env');
  await desk.page.getByRole('button', { name: 'Remove the filter name:prod' }).click();
  await desk.catalog.expectNames(PROD_DB, SESSION, STAGING_DB);
  await desk.search.clearButton.click();
  await expect(desk.search.chips).toHaveCount(0);
  await desk.catalog.expectNames(PROD_DB, STRIPE, SESSION, STAGING_DB);
});

test('keys, tags and values are completed', async ({ desk }) => {
  await desk.search.type('tag-');
  await expect(desk.search.choices).toContainText(['tag-key', 'tag-value']);
  await desk.search.input.press('ArrowDown');
  await desk.search.input.press('Enter');
  await expect(desk.search.input).toHaveValue('tag-key:');
  await expect(desk.search.choices).toContainText(['env', 'team']);

  await desk.search.type('tag-value:pay');
  await expect(desk.search.choices).toContainText(['payments']);
  await desk.search.input.press('ArrowDown');
  await desk.search.input.press('Enter');
  await desk.search.input.press('Enter');
  await expect(desk.search.chips).toHaveText(['tag-value:payments']);
  await desk.catalog.expectNames(PROD_DB, STRIPE);
});

test('what the API of AWS would refuse is searched and said', async ({ desk }) => {
  await desk.search.type('name:prod#1');
  await expect(desk.search.note).toContainText('AWS would refuse it');
  await desk.catalog.expectNames();
});

test('a search that finds nothing offers to clear it', async ({ desk }) => {
  await desk.search.filter('name:nowhere');
  await desk.catalog.emptyState.getByRole('button', { name: 'Clear the filters' }).click();
  await desk.catalog.expectNames(PROD_DB, STRIPE, SESSION, STAGING_DB);
});

test('searching reads no value', async ({ desk, bridge }) => {
  await desk.search.type('payments');
  await desk.catalog.expectNames(PROD_DB, STRIPE, STAGING_DB);
  const calls = await bridge.calls();
  expect(calls.GetSecretValue).toBeUndefined();
  expect(calls.BatchGetSecretValue).toBeUndefined();
});
