// A rotation function of the user, written for AWS Lambda and run unchanged, against a real PostgreSQL.
import { join } from 'node:path';
import { ROOT } from './bridge-process.ts';
import type { Colleague } from './colleague.ts';
import { expect, test as base } from './fixtures.ts';
import type { App } from './pages/app.ts';
import type { RotationPane } from './pages/rotation.ts';
import { Postgres } from './postgres.ts';

const NAME = 'app/database';
const USER = 'app';
const FIRST = 'fake-first-password';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:RotatePostgres';

/** The wrapper of docs/rotation.md, with the Python and the folder of these tests. */
const SETTINGS = `[rotation_functions]
RotatePostgres = '''
${join(ROOT, 'tests/.venv/bin/python')} -c '
import json, sys
sys.path.insert(0, "${join(ROOT, 'tests/e2e/functions/postgres')}")
from lambda_function import lambda_handler
lambda_handler(json.load(sys.stdin), None)
'
'''
`;

const test = base.extend<{ database: Postgres }>({
  database: async ({}, use) => {
    const database = await Postgres.start();
    database.createUser(USER, FIRST);
    await use(database);
    await database.stop();
  },
});

test.use({ settings: SETTINGS });
// A database is made, and each step starts a Python of its own.
test.describe.configure({ timeout: 120_000 });

const secretOf = (database: Postgres) => ({
  name: NAME,
  value: {
    engine: 'postgres',
    host: '127.0.0.1',
    port: database.port,
    dbname: 'postgres',
    username: USER,
    password: FIRST,
  },
});

/** Turns rotation on without a rotation: testSecret is tried on a copy. */
async function turnOn(app: App, colleague: Colleague): Promise<RotationPane> {
  await app.openList('1 secret');
  await app.catalog.open(NAME);
  await app.detail.turnTo('Rotation');
  const { rotation } = app;
  await rotation.press('Set up rotation');
  await rotation.choose('Function of the local vault', 'RotatePostgres');
  await expect(rotation.functionArn).toHaveValue(FUNCTION);
  await rotation.rotateImmediately.uncheck();
  await rotation.press('Turn on rotation');
  await expect(rotation.facts).toContainText('On');
  const stages = async () => {
    const { VersionIdsToStages } = await colleague.aws('describe-secret', '--secret-id', NAME);
    return Object.values(VersionIdsToStages).flat();
  };
  await expect
    .poll(stages, { message: 'the copy is removed after its test', timeout: 40_000 })
    .toEqual(['AWSCURRENT']);
  return rotation;
}

test('after Rotate now the old password is refused and the new one works', async ({ app, colleague, database }) => {
  await colleague.create(secretOf(database));
  const rotation = await turnOn(app, colleague);
  const read = async (stage: string) => {
    const answer = await colleague.aws('get-secret-value', '--secret-id', NAME, '--version-stage', stage);
    return JSON.parse(answer.SecretString).password as string;
  };
  expect(await read('AWSCURRENT'), 'the test of a copy changes nothing').toBe(FIRST);
  expect(database.takes(USER, FIRST)).toBe(true);

  await rotation.press('Rotate now');
  await rotation.agree('Rotate now');
  await expect(rotation.steps).toHaveCount(4);
  await rotation.expectSteps('done', 'done', 'done', 'done');
  await expect(rotation.facts, 'the date comes with the last step').not.toContainText('Never');
  const second = await read('AWSCURRENT');
  expect(second).not.toBe(FIRST);
  expect(await read('AWSPREVIOUS')).toBe(FIRST);
  expect(database.takes(USER, FIRST), 'the old password is refused').toBe(false);
  expect(database.takes(USER, second), 'the new one works').toBe(true);
});

test('a function that fails is shown with its step and its words, and is tried again when the way is free', async ({
  app,
  colleague,
  database,
  page,
}) => {
  await colleague.create(secretOf(database));
  const rotation = await turnOn(app, colleague);
  await database.down();
  await rotation.press('Rotate now');
  await rotation.agree('Rotate now');
  await rotation.expectSteps('done', 'failed', 'pending', 'pending');
  await expect(rotation.diagnosis).toContainText('The rotation is stuck');
  await expect(rotation.symptom('setSecret failed on')).toContainText('python ended with status 1.');
  expect(await page.content(), 'what a function wrote may hold values').not.toContain('Unable to log into database');
  await rotation.press('Show function output');
  await expect(rotation.diagnosis.getByTestId('clear-text')).toContainText('Unable to log into database');
  await rotation.press('Hide function output');
  await expect(rotation.diagnosis.getByTestId('clear-text')).toHaveCount(0);

  await database.up();
  await rotation.press('Try again');
  await expect(rotation.question).toContainText('starting with createSecret');
  await rotation.agree('Try again');
  await rotation.expectSteps('done', 'done', 'done', 'done');
  await expect(rotation.diagnosis.filter({ hasText: 'stuck' })).toHaveCount(0);
  expect(database.takes(USER, FIRST)).toBe(false);
});

test('a stuck rotation is led out of: its version kept under a label, or made current', async ({
  app,
  colleague,
  database,
}) => {
  const [{ VersionId: first }] = await colleague.create(secretOf(database));
  const rotation = await turnOn(app, colleague);
  const { plan } = app.detail.versions;
  const stages = async () => (await colleague.aws('describe-secret', '--secret-id', NAME)).VersionIdsToStages;
  await database.down();
  await rotation.press('Rotate now');
  await rotation.agree('Rotate now');
  await rotation.expectSteps('done', 'failed', 'pending', 'pending');
  const unfinished = Object.keys(await stages()).find((version) => version !== first) ?? '';
  const label = `unfinished-${unfinished.slice(0, 8)}`;

  await rotation.press('Keep it under a label');
  await expect(plan.steps).toHaveText([
    `${label} is added to ${unfinished.slice(0, 8)}.`,
    `AWSPENDING is removed from ${unfinished.slice(0, 8)}.`,
  ]);
  await plan.confirm.click();
  await expect(plan.dialog).toHaveCount(0);
  await expect(rotation.diagnosis.filter({ hasText: 'stuck' })).toHaveCount(0);
  expect(await stages()).toEqual({ [first]: ['AWSCURRENT'], [unfinished]: [label] });

  await rotation.press('Rotate now');
  await rotation.agree('Rotate now');
  await rotation.expectSteps('done', 'failed', 'pending', 'pending');
  await rotation.press('Make it current');
  await expect(plan.effects.filter({ hasText: 'may hold the live password' })).toHaveCount(1);
  await plan.checkButton.click();
  await expect(plan.readable).toBeVisible();
  await plan.tick.check();
  await plan.confirm.click();
  await rotation.expectSteps('done', 'done', 'done', 'done');
  expect((await stages())[first]).toEqual(['AWSPREVIOUS']);
});
