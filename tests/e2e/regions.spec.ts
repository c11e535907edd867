// The Region in view: names, favourites on top, and what is said of one that holds nothing.
import { Moto } from './endpoints.ts';
import { expect, expectAccessible, test } from './fixtures.ts';

test('Regions are named, those chosen last and favourites come first, and both are kept', async ({ app }) => {
  await app.open();
  const group = (name: string) => app.region.getByTestId(`regions-${name}`).locator('option');
  await expect(app.region.locator('option:checked')).toHaveText('us-east-1 · US East (N. Virginia) · FIPS');
  await app.region.selectOption('eu-central-1');
  await app.region.selectOption('ap-south-1');
  await expect(group('Recent')).toHaveText(['ap-south-1 · Asia Pacific (Mumbai)', 'eu-central-1 · Europe (Frankfurt)']);
  const star = app.page.getByRole('button', { name: 'ap-south-1 is a favourite' });
  await expect(star).toHaveAttribute('aria-pressed', 'false');
  await star.click();
  await expect(star).toHaveAttribute('aria-pressed', 'true');
  await expect(group('Favourites')).toHaveText(['ap-south-1 · Asia Pacific (Mumbai)']);
  await expectAccessible(app);

  await app.open();
  await expect(group('Favourites'), 'they are kept').toHaveText(['ap-south-1 · Asia Pacific (Mumbai)']);
  await expect(group('Recent')).toHaveText(['eu-central-1 · Europe (Frankfurt)']);
});

test('an empty Region of an account says so, and speaks of no vault', async ({ app }) => {
  const moto = await Moto.start();
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'empty one', region: 'eu-west-3', endpoint: moto.url });
  await app.connections.save.click();
  await expect(app.catalog.emptyState).toContainText('No secrets in eu-west-3');
  await expect(app.firstRun).toHaveCount(0);
  await expectAccessible(app);
  await app.catalog.emptyState.getByRole('button', { name: 'Create a secret' }).click();
  await expect(app.dialog('Create secret')).toBeVisible();
  await moto.stop();
});
