// The Region in view: names, favourites on top, and what is said of one that holds nothing.
import { Moto } from './endpoints.ts';
import { expect, expectAccessible, test } from './fixtures.ts';

test('Regions are named, those chosen last and favourites come first, and both are kept', async ({ desk }) => {
  await desk.open();
  const group = (name: string) => desk.region.getByTestId(`regions-${name}`).locator('option');
  await expect(desk.region.locator('option:checked')).toHaveText('us-east-1 · US East (N. Virginia) · FIPS');
  await desk.region.selectOption('eu-central-1');
  await desk.region.selectOption('ap-south-1');
  await expect(group('Recent')).toHaveText(['ap-south-1 · Asia Pacific (Mumbai)', 'eu-central-1 · Europe (Frankfurt)']);
  const star = desk.page.getByRole('button', { name: 'ap-south-1 is a favourite' });
  await expect(star).toHaveAttribute('aria-pressed', 'false');
  await star.click();
  await expect(star).toHaveAttribute('aria-pressed', 'true');
  await expect(group('Favourites')).toHaveText(['ap-south-1 · Asia Pacific (Mumbai)']);
  await expectAccessible(desk);

  await desk.open();
  await expect(group('Favourites'), 'they are kept').toHaveText(['ap-south-1 · Asia Pacific (Mumbai)']);
  await expect(group('Recent')).toHaveText(['eu-central-1 · Europe (Frankfurt)']);
});

test('an empty Region of an account says so, and speaks of no vault', async ({ desk }) => {
  const moto = await Moto.start();
  await desk.open();
  await desk.chooseInMenu('Add an access key');
  await desk.connections.fill({ name: 'empty one', region: 'eu-west-3', endpoint: moto.url });
  await desk.connections.save.click();
  await expect(desk.catalog.emptyState).toContainText('No secrets in eu-west-3');
  await expect(desk.firstRun).toHaveCount(0);
  await expectAccessible(desk);
  await desk.catalog.emptyState.getByRole('button', { name: 'Create a secret' }).click();
  await expect(desk.dialog('Create secret')).toBeVisible();
  await moto.stop();
});
