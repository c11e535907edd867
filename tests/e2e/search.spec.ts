import type { Written } from './colleague.ts';
import { expect, test } from './fixtures.ts';

const SOME: Written[] = [
  { name: 'prod/payments/db', description: 'Main database', tags: { team: 'payments', env: 'prod' } },
  { name: 'prod/payments/stripe', description: 'Key of the card processor', tags: { team: 'payments' } },
  { name: 'prod/web/session', description: 'Signs a cookie', tags: { team: 'web', env: 'prod' } },
  { name: 'staging/payments/db', description: 'Copy of the main database', tags: { env: 'staging' } },
];
const [PROD_DB, STRIPE, SESSION, STAGING_DB] = SOME.map((secret) => secret.name);

test.beforeEach(async ({ app, colleague }) => {
  await colleague.create(...SOME);
  await app.openList('4 secrets');
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
  test(`the words ${words} find ${expected.length} secrets while they are typed`, async ({ app }) => {
    await app.search.type(words);
    await app.catalog.expectNames(...expected);
    if (expected.length === 0) await expect(app.catalog.emptyState).toContainText('No matches');
  });
}

test('Enter makes chips of the words, and Backspace takes the last one back', async ({ app }) => {
  await app.search.filter('name:prod tag-key:env');
  await expect(app.search.chips).toHaveText(['name:prod', 'tag-key:env']);
  await app.catalog.expectNames(PROD_DB, SESSION);
  await expect(app.statusBar).toContainText('2 matches');

  await app.search.input.press('Backspace');
  await expect(app.search.chips).toHaveText(['name:prod']);
  await expect(app.search.input).toHaveValue('tag-key:env');
  await app.search.type('');
  await app.catalog.expectNames(PROD_DB, STRIPE, SESSION);
});

test('a chip is removed by its button, all of them by the cross', async ({ app }) => {
  await app.search.filter('name:prod tag-key:env');
  await app.page.getByRole('button', { name: 'Remove the filter name:prod' }).click();
  await app.catalog.expectNames(PROD_DB, SESSION, STAGING_DB);
  await app.search.clearButton.click();
  await expect(app.search.chips).toHaveCount(0);
  await app.catalog.expectNames(PROD_DB, STRIPE, SESSION, STAGING_DB);
});

test('keys, tags and values are completed', async ({ app }) => {
  await app.search.type('tag-');
  await expect(app.search.choices).toContainText(['tag-key', 'tag-value']);
  await app.search.input.press('ArrowDown');
  await app.search.input.press('Enter');
  await expect(app.search.input).toHaveValue('tag-key:');
  await expect(app.search.choices).toContainText(['env', 'team']);

  await app.search.type('tag-value:pay');
  await expect(app.search.choices).toContainText(['payments']);
  await app.search.input.press('ArrowDown');
  await app.search.input.press('Enter');
  await app.search.input.press('Enter');
  await expect(app.search.chips).toHaveText(['tag-value:payments']);
  await app.catalog.expectNames(PROD_DB, STRIPE);
});

test('what the API of AWS would refuse is searched and said', async ({ app }) => {
  await app.search.type('name:prod#1');
  await expect(app.search.note).toContainText('AWS would reject it');
  await app.catalog.expectNames();
});

test('a search that finds nothing offers to clear it', async ({ app }) => {
  await app.search.filter('name:nowhere');
  await app.catalog.emptyState.getByRole('button', { name: 'Clear filters' }).click();
  await app.catalog.expectNames(PROD_DB, STRIPE, SESSION, STAGING_DB);
});

test('searching reads no value', async ({ app, bridge }) => {
  await app.search.type('payments');
  await app.catalog.expectNames(PROD_DB, STRIPE, STAGING_DB);
  const calls = await bridge.calls();
  expect(calls.GetSecretValue).toBeUndefined();
  expect(calls.BatchGetSecretValue).toBeUndefined();
});
