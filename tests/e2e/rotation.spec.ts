import { expect, test } from './fixtures.ts';
import { FUNCTION, SECRET, openEditor, openRotation, turnOn } from './rotation-opened.ts';
import { SOON } from './soon.ts';

test('rotation is turned on, rotates the value, and keeps its settings when it is cancelled', async ({
  app,
  colleague,
  bridge,
}) => {
  await colleague.create(SECRET);
  const rotation = await openRotation(app);
  const password = async () => {
    const answer = await colleague.aws('get-secret-value', '--secret-id', SECRET.name);
    return JSON.parse(answer.SecretString).password as string;
  };
  await turnOn(rotation);
  const first = await password();
  expect(first, 'to rotate immediately is what a new rotation does').not.toBe('fake-password');
  await expect(rotation.facts).toContainText(FUNCTION);
  await expect(rotation.facts).toContainText('cron(0 8 ? * MON *)');

  await rotation.press('Rotate now');
  await expect(rotation.question).toContainText('AWSPENDING');
  await rotation.agree('Rotate now');
  await expect(app.toasts.last()).toContainText('A rotation has started.');
  await expect.poll(password, SOON).not.toBe(first);
  await expect(rotation.diagnosis.filter({ hasText: 'stuck' }), 'all is well').toHaveCount(0);

  await rotation.press('Edit rotation');
  await expect(rotation.functionArn).toHaveValue(FUNCTION);
  await expect(rotation.rotateImmediately, 'what is on is not rotated by an edit').not.toBeChecked();
  await rotation.expression.fill('rate(30 days)');
  await expect(app.page.getByTestId('rate-warning')).toContainText('at its old time');
  await rotation.press('Use cron(0 0 1 * ? *)');
  await rotation.press('Save rotation');
  await expect(rotation.facts).toContainText('cron(0 0 1 * ? *)');
  const second = await password();

  await rotation.press('Cancel rotation');
  await rotation.agree('Cancel rotation');
  await expect(rotation.facts).toContainText('Off');
  await expect(rotation.facts, 'the function is kept').toContainText(FUNCTION);
  await expect(rotation.facts, 'the schedule is kept').toContainText('cron(0 0 1 * ? *)');
  expect(await password(), 'the value stays').toBe(second);
  expect((await bridge.calls()).CancelRotateSecret).toBe(1);
  await rotation.press('Turn on rotation');
  await expect(rotation.expression).toHaveValue('cron(0 0 1 * ? *)');
});

test('what AWS refuses all the same is shown as AWS said it', async ({ app, colleague }) => {
  await colleague.create(SECRET);
  const rotation = await openEditor(app);
  await rotation.functionArn.fill(FUNCTION.replace('Generic', 'Nobody'));
  await rotation.save();
  await expect(rotation.question).toContainText('Allow secretsmanager.amazonaws.com to invoke it');
  await expect(rotation.question).toContainText('Secrets Manager cannot invoke the specified Lambda function.');
  await app.changeReview.back.click();
  await expect(rotation.functionArn, 'what was typed stays').toHaveValue(/NobodyPasswordRotation$/);

  await rotation.functionArn.fill('GenericPasswordRotation');
  await rotation.press('Turn on rotation');
  await expect(rotation.functionArn).toHaveAccessibleDescription(/This is not the ARN of a Lambda function/);
});

test('the keys of the value are held against those of a template, and no value comes to the page', async ({
  app,
  colleague,
  bridge,
  page,
}) => {
  await colleague.create({ name: SECRET.name, value: { engine: 'postgres', Host: 'fake-canary', username: 'ops' } });
  const rotation = await openEditor(app);
  await rotation.choose('Rotation template', 'PostgreSQL, single user');
  await expect(rotation.templateKeys).toHaveCount(4);
  await expect(rotation.templateKey('host')).not.toContainText('missing');
  expect((await bridge.calls()).GetSecretValue, 'nothing is read without a press').toBeUndefined();

  await rotation.press("Check the secret's keys");
  await expect(rotation.templateKey('engine')).toContainText('is there');
  await expect(rotation.templateKey('host')).toContainText('is missing; Host is a different key (keys are case-sensitive)');
  await expect(rotation.templateKey('password')).toContainText('is missing');
  expect((await bridge.calls()).GetSecretValue).toBe(1);
  expect(await page.content()).not.toContain('fake-canary');

  await rotation.choose('Rotation template', 'PostgreSQL, alternating users');
  await expect(rotation.templateKey('masterarn')).toContainText('is missing');
});
