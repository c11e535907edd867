// As many secrets as AWS allows an account in a Region: the window lists them, scrolls to the last one and finds one.
import { Endpoint } from './endpoints.ts';
import { expect, test } from './fixtures.ts';
import { tabTo } from './pages/keyboard.ts';

/** AWS's quota for one Region. */
const SECRETS = 500_000;
/** The most that AWS answers at once. */
const PAGE = 100;
/** Half a million of anything takes a program without optimization a while. */
const PATIENCE = { timeout: 60_000 };

const pad = (number: number, digits: number) => String(number).padStart(digits, '0');
const nameOf = (at: number) => `team-${pad(Math.floor(at / 1_000), 3)}/key-${pad(at, 6)}`;

function entry(at: number): object {
  return { ARN: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${nameOf(at)}-AbCdEf`, Name: nameOf(at) };
}

test('a Region with as many secrets as AWS allows is listed, scrolled to its end and searched', async ({ app, bridge, page }) => {
  test.setTimeout(240_000);
  let pages = 0;
  let release = () => {};
  const isOpen = new Promise<void>((go) => (release = go));
  const endpoint = await Endpoint.start(async (operation, { MaxResults, NextToken = '0' }) => {
    if (operation !== 'ListSecrets') return { denied: 'It lists and does nothing else.' };
    pages += 1;
    const [first, end] = [Number(NextToken), Math.min(Number(NextToken) + Math.min(MaxResults, PAGE), SECRETS)];
    // The last page waits for the window: to follow the list while it grows, one would take minutes here.
    if (end === SECRETS) await isOpen;
    const rows = Array.from({ length: end - first }, (_, at) => entry(first + at));
    return { json: { SecretList: rows, ...(end < SECRETS ? { NextToken: String(end) } : {}) } };
  });
  const draft = { access_key_id: 'AKIAFAKEFAKEFAKE0013', secret_access_key: 'fake', region: 'us-east-1' };
  const { list } = await bridge.invoke('save_access_key', { draft: { ...draft, name: 'full', endpoint_url: endpoint.url } });
  const { id } = list.find((connection: { name: string }) => connection.name === 'full');
  const loaded = bridge.invoke('load_inventory', { scope: { connection: id, region: 'us-east-1' } });
  await expect.poll(() => pages, { timeout: 180_000 }).toBe(SECRETS / PAGE);
  await app.open();
  await app.chooseInMenu('full');
  await expect(app.catalog.loading).toContainText('Loading, 499,900 secrets so far', PATIENCE);
  release();
  expect(await loaded).toMatchObject({ count: SECRETS, loading: false, failure: null });
  await expect(app.catalog.loading).toHaveCount(0);
  await expect(app.catalog.count).toHaveText('500,000 secrets', PATIENCE);
  await expect(app.statusBar).toContainText('500,000 secrets');

  const fewRows = async () => expect(await app.catalog.rows.count()).toBeLessThan(200);
  await test.step('it is scrolled to its end and back', async () => {
    await tabTo(page, app.catalog.row(nameOf(0)));
    await fewRows();
    await page.keyboard.press('End');
    await expect(app.catalog.row(nameOf(SECRETS - 1))).toBeFocused(PATIENCE);
    await expect(app.catalog.row(nameOf(SECRETS - 1))).toBeInViewport();
    await expect(app.catalog.grid).toHaveAttribute('aria-rowcount', String(SECRETS + 1));
    await fewRows();
    await page.keyboard.press('Home');
    await expect(app.catalog.row(nameOf(0))).toBeFocused(PATIENCE);
  });
  await test.step('each keystroke is answered', async () => {
    await app.search.type('name:team-4');
    await expect(app.catalog.count).toHaveText('100,000 secrets', PATIENCE);
    await fewRows();
    await app.search.input.press('9');
    await expect(app.catalog.count).toHaveText('10,000 secrets', PATIENCE);
    await app.search.type(`name:${nameOf(SECRETS - 1)}`);
    await expect(app.catalog.count).toHaveText('1 secret', PATIENCE);
    await app.catalog.expectNames(nameOf(SECRETS - 1));
    await app.search.clearButton.click();
    await expect(app.catalog.count).toHaveText('500,000 secrets', PATIENCE);
  });
  await endpoint.stop();
});
