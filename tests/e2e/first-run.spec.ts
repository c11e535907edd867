import { expect, test } from './fixtures.ts';

test('an empty vault offers a first secret, samples and the way in from a terminal', async ({ desk }) => {
  await desk.open();
  await expect(desk.firstRun).toContainText('Your vault is empty');
  await expect(desk.firstRun.getByRole('button')).toHaveText([
    'Create your first secret',
    'Load sample secrets',
    'Copy terminal settings',
  ]);
});

test('the first secret is created with keys, a description and tags', async ({ desk, colleague }) => {
  await desk.open();
  await desk.page.getByTestId('create-first-secret').click();
  await desk.createSecret.name.fill('app/db');
  await desk.createSecret.description.fill('Main database');
  await desk.createSecret.fillFields({ username: 'ops', password: 'fake-password' });
  await desk.createSecret.fillTags({ team: 'payments' });
  await desk.createSecret.submit.click();

  await expect(desk.createSecret.dialog).toBeHidden();
  await expect(desk.toasts).toContainText('Created app/db.');
  await expect(desk.detail.name).toHaveText('app/db');
  await desk.catalog.expectNames('app/db');

  const stored = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(stored.SecretString)).toEqual({ username: 'ops', password: 'fake-password' });
  const described = await colleague.aws('describe-secret', '--secret-id', 'app/db');
  expect(described.Description).toBe('Main database');
  expect(described.Tags).toEqual([{ Key: 'team', Value: 'payments' }]);
});

test('a secret can be plain text', async ({ desk, colleague }) => {
  await desk.open();
  await desk.createSecret.open();
  await desk.createSecret.name.fill('app/token');
  await desk.createSecret.fillText('fake token\nsecond line');
  await desk.createSecret.submit.click();
  await expect(desk.detail.name).toHaveText('app/token');
  const stored = await colleague.aws('get-secret-value', '--secret-id', 'app/token');
  expect(stored.SecretString).toBe('fake token\nsecond line');
});

test('what cannot be created is told where it is typed, and nothing typed is lost', async ({ desk, colleague }) => {
  await colleague.create({ name: 'taken' });
  await desk.openList('1 secret');
  await desk.createSecret.open();
  await desk.createSecret.name.fill('two words');
  await expect(desk.createSecret.dialog.getByText('A name cannot hold')).toBeVisible();

  await desk.createSecret.name.fill('taken');
  await desk.createSecret.fillFields({ password: 'fake' });
  await desk.createSecret.submit.click();
  await expect(desk.createSecret.dialog).toContainText('taken already exists');
  await expect(desk.createSecret.name).toHaveValue('taken');

  await desk.createSecret.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(desk.createSecret.dialog.getByText('Discard what you have typed?')).toBeVisible();
  await desk.createSecret.dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(desk.createSecret.dialog).toBeHidden();
  await desk.catalog.expectNames('taken');
});

test('a value above 65,536 bytes is refused before it is sent', async ({ desk, bridge }) => {
  await desk.open();
  await desk.createSecret.open();
  await desk.createSecret.name.fill('too/large');
  await desk.createSecret.fillText('a'.repeat(65_537));
  await expect(desk.createSecret.size).toHaveText('65,537 of 65,536 bytes');
  await desk.createSecret.submit.click();
  await expect(desk.createSecret.dialog).toBeVisible();
  expect((await bridge.calls()).CreateSecret).toBeUndefined();

  await desk.createSecret.text.fill('a'.repeat(65_536));
  await desk.createSecret.submit.click();
  await expect(desk.detail.name).toHaveText('too/large');
});

test('the samples show every kind of secret, and each value says that it is fake', async ({ desk, colleague }) => {
  await desk.open();
  await desk.page.getByTestId('load-samples').click();
  await expect(desk.toasts).toContainText('Every value in them is fake');
  await expect(desk.catalog.rows.first()).toBeVisible();
  const { SecretList: listed } = await colleague.aws('list-secrets');
  expect(listed.length).toBeGreaterThanOrEqual(35);
  await expect(desk.catalog.count).toHaveText(`${listed.length} secrets`);
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
    await desk.search.type(`${filter}:${word}`);
    await desk.catalog.expectNames(...names.sort());
  }
});
