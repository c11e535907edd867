import { expect, test } from './fixtures.ts';

test('an empty vault offers a first secret, samples and the way in from a terminal', async ({ app }) => {
  await app.open();
  await expect(app.firstRun).toContainText('Your vault is empty');
  await expect(app.firstRun.getByRole('button')).toHaveText([
    'Create your first secret',
    'Load sample secrets',
    'Copy terminal settings',
  ]);
});

test('the first secret is created with keys, a description and tags', async ({ app, colleague }) => {
  await app.open();
  await app.page.getByTestId('create-first-secret').click();
  await app.createSecret.name.fill('app/db');
  await app.createSecret.description.fill('Main database');
  await app.createSecret.fillFields({ username: 'ops', password: 'fake-password' });
  await app.createSecret.fillTags({ team: 'payments' });
  await app.createSecret.submit.click();

  await expect(app.createSecret.dialog).toBeHidden();
  await expect(app.toasts).toContainText('Created app/db.');
  await expect(app.detail.name).toHaveText('app/db');
  await app.catalog.expectNames('app/db');

  const stored = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(stored.SecretString)).toEqual({ username: 'ops', password: 'fake-password' });
  const described = await colleague.aws('describe-secret', '--secret-id', 'app/db');
  expect(described.Description).toBe('Main database');
  expect(described.Tags).toEqual([{ Key: 'team', Value: 'payments' }]);
});

test('a secret can be plain text', async ({ app, colleague }) => {
  await app.open();
  await app.createSecret.open();
  await app.createSecret.name.fill('app/token');
  await app.createSecret.fillText('fake token\nsecond line');
  await app.createSecret.submit.click();
  await expect(app.detail.name).toHaveText('app/token');
  const stored = await colleague.aws('get-secret-value', '--secret-id', 'app/token');
  expect(stored.SecretString).toBe('fake token\nsecond line');
});

test('what cannot be created is told where it is typed, and nothing typed is lost', async ({ app, colleague }) => {
  await colleague.create({ name: 'taken' });
  await app.openList('1 secret');
  await app.createSecret.open();
  await app.createSecret.name.fill('two words');
  await expect(app.createSecret.dialog.getByText('A name cannot hold')).toBeVisible();

  await app.createSecret.name.fill('taken');
  await app.createSecret.fillFields({ password: 'fake' });
  await app.createSecret.submit.click();
  await expect(app.createSecret.dialog).toContainText('taken already exists');
  await expect(app.createSecret.name).toHaveValue('taken');

  await app.createSecret.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(app.createSecret.dialog.getByText('Discard what you have typed?')).toBeVisible();
  await app.createSecret.dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(app.createSecret.dialog).toBeHidden();
  await app.catalog.expectNames('taken');
});

test('a value above 65,536 bytes is refused before it is sent', async ({ app, bridge }) => {
  await app.open();
  await app.createSecret.open();
  await app.createSecret.name.fill('too/large');
  await app.createSecret.fillText('a'.repeat(65_537));
  await expect(app.createSecret.size).toHaveText('65,537 of 65,536 bytes');
  await app.createSecret.submit.click();
  await expect(app.createSecret.dialog).toBeVisible();
  expect((await bridge.calls()).CreateSecret).toBeUndefined();

  await app.createSecret.text.fill('a'.repeat(65_536));
  await app.createSecret.submit.click();
  await expect(app.detail.name).toHaveText('too/large');
});

test('the list never says that the samples are gone while it reads them', async ({ app, page }) => {
  await app.open();
  await expect(app.firstRun).toBeVisible();
  const shown = await page.evaluateHandle(() => {
    const texts = new Set<string>();
    new MutationObserver(() => {
      document.querySelectorAll('.empty-state').forEach((state) => texts.add(state.textContent ?? ''));
    }).observe(document.body, { childList: true, subtree: true });
    return texts;
  });
  await page.getByTestId('load-samples').click();
  await expect(app.catalog.rows.first()).toBeVisible();
  const texts = await shown.evaluate((texts) => [...texts]);
  expect(texts.filter((text) => text.includes('scheduled for deletion'))).toEqual([]);
});

test('the samples show every kind of secret, and each value says that it is fake', async ({ app, colleague }) => {
  await app.open();
  await app.page.getByTestId('load-samples').click();
  await expect(app.toasts).toContainText('Every value in them is fake');
  await expect(app.catalog.rows.first()).toBeVisible();
  const { SecretList: listed } = await colleague.aws('list-secrets');
  expect(listed.length).toBeGreaterThanOrEqual(35);
  await expect(app.catalog.count).toHaveText(`${listed.length} secrets`);
  expect(listed.some((secret: any) => secret.OwningService), 'one is managed by a service').toBe(true);
  expect(listed.some((secret: any) => secret.PrimaryRegion), 'one is replicated').toBe(true);

  const values = await colleague.call(
    ...listed
      .filter((secret: any) => secret.SecretVersionsToStages)
      .map((secret: any): [string, object] => ['get_secret_value', { SecretId: secret.ARN }]),
  );
  for (const { Name, SecretString, SecretBinary } of values) {
    expect(`${SecretString ?? SecretBinary}`.toLowerCase(), `${Name} says so`).toContain('fake');
  }

  // No other journey has secrets of a service and replicas to search.
  for (const [filter, fact] of [['owning-service', 'OwningService'], ['primary-region', 'PrimaryRegion']] as const) {
    const word: string = listed.find((secret: any) => secret[fact])[fact];
    const names = listed.filter((secret: any) => secret[fact] === word).map((secret: any) => secret.Name);
    expect(names.length, 'some, and not all').toBeLessThan(listed.length);
    await app.search.type(`${filter}:${word}`);
    await app.catalog.expectNames(...names.sort());
  }
});
