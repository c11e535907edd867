// Several connections in one list: each row names its connection, and none waits for another.
import { mkdir, writeFile } from 'node:fs/promises';
import { Colleague } from './colleague.ts';
import { Moto, Relay } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import { soon } from './soon.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0011', secret_access_key: 'fake' };

/** moto in two Regions, the second one behind a relay: the profiles `ops` and `slow`. */
const test = base.extend<{ relay: Relay }>({
  relay: async ({}, use, testInfo) => {
    const moto = await Moto.start();
    const relay = await Relay.start(moto.url);
    const profile = (name: string, region: string, url: string) =>
      `[profile ${name}]\naws_access_key_id = ${KEY.access_key_id}\naws_secret_access_key = fake\n` +
      `region = ${region}\nendpoint_url = ${url}\n`;
    const folder = testInfo.outputPath('home', 'aws');
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/config`, profile('ops', 'eu-west-1', moto.url) + profile('slow', 'eu-west-3', relay.url));
    const at = (region: string) => new Colleague({ ...KEY, region, endpoint: moto.url });
    await at('eu-west-1').create(
      { name: 'prod/b', value: { password: 'fake-of-ops' } },
      { name: 'shared/key', value: 'fake' },
    );
    await at('eu-west-3').create({ name: 'later/z', value: 'fake' });
    await use(relay);
    await relay.stop();
    await moto.stop();
  },
});

test('several connections are one list, and a slow one holds none of them up', async ({ app, person, relay, colleague }) => {
  await colleague.create({ name: 'prod/a', value: 'fake' }, { name: 'shared/key', value: 'fake' });
  await app.open();
  await person.trustWays(app);
  await app.catalog.expectNames('prod/a', 'shared/key');
  await expect(app.catalog.header('Connection'), 'one connection needs no column').toHaveCount(0);

  await app.catalog.toggleTogether('ops');
  await app.catalog.expectNames('prod/a', 'prod/b', 'shared/key', 'shared/key');
  await expect(app.catalog.row('prod/a')).toContainText('Local vault · us-east-1');
  await expect(app.catalog.row('prod/b')).toContainText('ops · eu-west-1');
  await expectAccessible(app);

  relay.cutAt = 'ListSecrets';
  await app.catalog.toggleTogether('slow');
  await expect.poll(() => relay.hasCut, soon('the slow one was asked, and does not answer')).toBe(true);
  await app.search.type('name:shared');
  await app.catalog.expectNames('shared/key', 'shared/key');
  await expect(app.statusBar).toContainText('1 task');
  await app.catalog.loading.getByRole('button', { name: 'Stop' }).click();
  await expect(app.statusBar).toContainText('0 tasks');
  relay.fix();
  await app.search.clearButton.click();
  await app.page.keyboard.press('F5');
  await app.catalog.expectNames('later/z', 'prod/a', 'prod/b', 'shared/key', 'shared/key');

  await app.catalog.sortBy('Connection');
  await app.catalog.expectNames('prod/a', 'shared/key', 'prod/b', 'shared/key', 'later/z');
});

test('what is opened is read and shown as its own connection', async ({ app, person, relay, colleague, bridge }) => {
  expect(relay.hasCut).toBe(false);
  await colleague.create({ name: 'prod/a', value: { password: 'fake-of-vault' } });
  await app.open();
  await person.trustWays(app);
  await app.catalog.toggleTogether('ops');
  await app.catalog.open('prod/b');
  await expect(app.connectionName, 'the switcher says where the secret is').toHaveText('ops');
  await expect(app.region).toHaveValue('eu-west-1');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake-of-ops');
  expect((await bridge.calls()).GetSecretValue, 'the local vault was not asked').toBeUndefined();
  await app.catalog.expectNames('prod/a', 'prod/b', 'shared/key');

  await app.catalog.open('prod/a');
  await expect(app.connectionName).toHaveText('Local vault');
  await expect(app.detail.clearTexts).toHaveCount(0);
  await app.catalog.toggleTogether('ops');
  await app.catalog.expectNames('prod/a');
  await expect(app.catalog.header('Connection')).toHaveCount(0);
});

test('one that fails says so by name, and the others stay', async ({ app, person, relay, colleague }) => {
  await colleague.create({ name: 'prod/a', value: 'fake' });
  await app.open();
  await person.trustWays(app);
  await relay.stop();
  await app.catalog.toggleTogether('slow');
  await expect(app.errorPanel).toContainText('Could not reach the endpoint', { timeout: 30_000 });
  await expect(app.page.getByRole('heading', { name: 'slow · eu-west-3' })).toBeVisible();
  await app.catalog.expectNames('prod/a');
  await expectAccessible(app);
});
