// An interrupted save is found at the next start, and finished or withdrawn.
import { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { Moto, Relay } from './endpoints.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { App } from './pages/app.ts';
import { SOON } from './soon.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0003', secret_access_key: 'fake', region: 'eu-west-1' };
const VALUE = { username: 'ops', password: 'fake-old' };

/** A connection to moto through a relay that can be cut. */
async function openIndependent(app: App, description = ''): Promise<{ moto: Moto; relay: Relay; colleague: Colleague }> {
  const moto = await Moto.start();
  const relay = await Relay.start(moto.url);
  const colleague = new Colleague({ ...KEY, endpoint: moto.url });
  await colleague.create({ name: 'app/db', value: VALUE });
  await colleague.aws('update-secret', '--secret-id', 'app/db', '--description', description);
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'independent', region: 'eu-west-1', endpoint: relay.url });
  await app.connections.save.click();
  await app.catalog.open('app/db');
  return { moto, relay, colleague };
}

/** Waits for the cut, kills the program, and opens the window of the next one on the same home. */
async function startAgain(app: App, relay: Relay, home: string): Promise<{ next: BridgeProcess; again: App }> {
  await expect.poll(() => relay.hasCut, SOON).toBe(true);
  await app.bridge.kill();
  await app.page.goto('about:blank');
  relay.fix();
  const next = await BridgeProcess.start(home, 'memory');
  await app.page.goto(next.url);
  return { next, again: new App(app.page, next) };
}

/** The page goes before the process that it was served by; its stream of events broke when that one was killed. */
async function close(app: App, ...servers: { stop(): Promise<void> }[]): Promise<void> {
  await app.page.goto('about:blank');
  const rest = app.faults.filter((fault) => !fault.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'));
  app.faults.splice(0, app.faults.length, ...rest);
  for (const server of servers) await server.stop();
}

/** Saves a password whose answer never comes. */
async function cutSave(app: App, relay: Relay): Promise<void> {
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  relay.cutAt = 'PutSecretValue';
  await app.editor.saveButton.click();
}

for (const way of ['finish', 'withdraw'] as const) {
  test(`a save that was cut off: ${way}`, async ({ app, page }, testInfo) => {
    const { moto, relay, colleague } = await openIndependent(app);
    await cutSave(app, relay);
    const { next, again } = await startAgain(app, relay, testInfo.outputPath('home'));
    const entry = page.getByTestId('recovery-entry');
    await expect(entry).toContainText('app/db');
    await expectAccessible(again);
    await entry.getByTestId(way).click();
    await expect(page.getByRole('list', { name: 'Steps' })).toContainText('latchkey-');
    await expectAccessible(again);
    const name = page.getByLabel(/type app\/db/i);
    if (await name.count()) await name.fill('app/db');
    const tick = page.getByLabel('I understand the impact.');
    if (await tick.count()) await tick.check();
    await page.getByTestId('confirm-plan').click();
    const said = way === 'finish' ? 'Finished the change to app/db.' : 'Withdrew the change to app/db.';
    await expect(again.toasts.filter({ hasText: said })).toBeVisible();
    await expect(page.getByTestId('recovery')).toHaveCount(0);

    const { VersionIdsToStages: stages } = await colleague.aws('describe-secret', '--secret-id', 'app/db');
    const current = Object.keys(stages).find((id) => stages[id].includes('AWSCURRENT'))!;
    const now = await colleague.aws('get-secret-value', '--secret-id', 'app/db', '--version-id', current);
    const password = way === 'finish' ? 'fake-new' : 'fake-old';
    expect(JSON.parse(now.SecretString)).toEqual({ ...VALUE, password });
    expect(Object.values(stages).flat().filter((label) => String(label).startsWith('latchkey-'))).toEqual([]);
    await close(app, next, relay, moto);
  });
}

test('a save that was cut off and left for later is withdrawn from the journal', async ({ app, page }, testInfo) => {
  const { moto, relay, colleague } = await openIndependent(app);
  await cutSave(app, relay);
  const { next, again } = await startAgain(app, relay, testInfo.outputPath('home'));
  await page.getByRole('button', { name: 'Decide later' }).click();
  await again.journal.open();
  await again.journal.recover(0, 'Finish or withdraw…');
  const entry = page.getByTestId('recovery-entry');
  await expect(entry).toContainText('app/db');
  await entry.getByTestId('withdraw').click();
  await page.getByTestId('confirm-plan').click();
  await expect(page.getByTestId('recovery')).toHaveCount(0);
  await expect(again.journal.entries.filter({ hasText: 'unfinished' }), 'the journal behind it is read again').toHaveCount(0);
  const { VersionIdsToStages: stages } = await colleague.aws('describe-secret', '--secret-id', 'app/db');
  expect(Object.values(stages).flat().filter((label) => String(label).startsWith('latchkey-'))).toEqual([]);
  await close(app, next, relay, moto);
});

/** Saves a description whose answer never comes, and waits until it has landed. */
async function cutDescription(app: App, relay: Relay, colleague: Colleague): Promise<void> {
  await app.detail.turnTo('Details');
  await app.detail.metadata.getByRole('button', { name: 'Edit the description' }).click();
  const form = app.page.getByTestId('metadata-form');
  await form.getByLabel('Description').fill('Fake words');
  relay.cutAt = 'UpdateSecret';
  await form.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => description(colleague), SOON).toBe('Fake words');
}

async function description(colleague: Colleague): Promise<string> {
  return (await colleague.aws('describe-secret', '--secret-id', 'app/db')).Description;
}

test('the outcome of a description that was cut off is looked up at the next start', async ({ app, page }, testInfo) => {
  const { moto, relay, colleague } = await openIndependent(app);
  await cutDescription(app, relay, colleague);
  const { next, again } = await startAgain(app, relay, testInfo.outputPath('home'));
  await expect(again.toasts).toContainText('The change was applied.');
  await expect(page.getByTestId('recovery'), 'nothing is left to decide').toHaveCount(0);
  await again.journal.open();
  await expect(page.getByTestId('journal-entry').filter({ hasText: 'change description' })).toContainText('done');
  await close(app, next, relay, moto);
});

test('the outcome of a description that was cut off is checked on request, and stands in the journal', async ({ app, page }, testInfo) => {
  const { moto, relay, colleague } = await openIndependent(app);
  await cutDescription(app, relay, colleague);
  relay.denied = 'DescribeSecret';
  const { next, again } = await startAgain(app, relay, testInfo.outputPath('home'));
  const entry = page.getByTestId('recovery-entry');
  await expect(entry).toContainText('change description');
  await expect(entry.getByRole('button'), 'there is nothing to finish or to withdraw').toHaveText(['Check outcome']);
  await expectAccessible(again);
  await entry.getByTestId('look-up').click();
  await expect(page.getByTestId('recovery').getByTestId('error-panel')).toContainText('Not you.');
  relay.denied = null;
  await entry.getByTestId('look-up').click();
  await expect(page.getByTestId('recovery')).toHaveCount(0);
  await expect(again.toasts).toContainText('The change was applied.');
  await again.journal.open();
  await expect(page.getByTestId('journal-entry').filter({ hasText: 'change description' })).toContainText('done');
  await close(app, next, relay, moto);
});

for (const way of ['finish', 'withdraw'] as const) {
  test(`${way} a description that was cut off and is another one by now`, async ({ app, page }, testInfo) => {
    const { moto, relay, colleague } = await openIndependent(app, 'Fake before');
    await cutDescription(app, relay, colleague);
    await colleague.aws('update-secret', '--secret-id', 'app/db', '--description', 'Fake theirs');
    const { next, again } = await startAgain(app, relay, testInfo.outputPath('home'));
    const found = page.getByTestId('looked-up');
    await expect(found).toContainText('matches neither its earlier state nor this change');
    await expectAccessible(again);
    await found.getByTestId(way).click();
    const after = way === 'finish' ? 'Fake words' : 'Fake before';
    const review = again.changeReview;
    await expect.poll(() => review.table()).toContainEqual(['Description', 'Fake theirs', after]);
    await review.form.getByRole('button').last().click();
    await expect(page.getByTestId('recovery')).toHaveCount(0);
    await expect.poll(() => description(colleague)).toBe(after);
    await close(app, next, relay, moto);
  });
}
