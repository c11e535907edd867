import { expect, expectAccessible, test } from './fixtures.ts';
import { versionsOf } from './secrets.ts';
import { SOON, soon } from './soon.ts';

const OLD = { user: 'ops', password: 'fake-old', port: 5432 };
const NEW = { user: 'ops', password: 'fake-new', port: '5432', pool: 8 };

test('a version is made current again, by looking', async ({ app, colleague, bridge }) => {
  const [first, second] = await versionsOf(colleague, [OLD, NEW]);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  const { plan } = versions;
  await versions.makeCurrent(first);
  await expect(plan.dialog.getByRole('heading', { level: 2 })).toHaveText(`Make ${first.slice(0, 8)} current in app/db?`);
  await expect(plan.before(second)).toHaveText('AWSCURRENT');
  await expect(plan.after(second)).toHaveText('AWSPREVIOUS');
  await expect(plan.after(first)).toHaveText('AWSCURRENT');
  await expect(plan.effects.filter({ hasText: 'Consumers may read the old value for a while' })).toBeVisible();
  await expect(plan.confirm, 'nobody knows yet whether the old version can be read').toBeDisabled();
  expect((await bridge.calls()).GetSecretValue, 'the preview reads no value').toBeUndefined();

  await plan.compareButton.click();
  await expect(plan.difference.view).toContainText('3 of 4 keys changed.');
  await expect(plan.difference.row('password')).toContainText('changed');
  await expect(plan.difference.row('port')).toContainText('type changed');
  await expect(plan.difference.row('pool')).toContainText('removed');
  await expect(plan.difference.view).toContainText('1 key stays the same');
  expect((await bridge.calls()).GetSecretValue, 'one read of each version').toBe(2);
  expect(await app.page.content(), 'masked until revealed').not.toContain('fake-old');
  await plan.difference.revealButton.click();
  await expect(plan.difference.row('password').getByTestId('clear-text')).toHaveText(['fake-new', 'fake-old']);
  await plan.difference.revealButton.click();
  await expect(plan.difference.clearTexts).toHaveCount(0);
  await expectAccessible(app);

  await plan.confirm.click();
  await expect(plan.dialog).toHaveCount(0);
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
  await expect(versions.labels(second)).toHaveText(['AWSPREVIOUS']);
  await expect(app.toasts).toContainText(`${first.slice(0, 8)} is now AWSCURRENT.`);
  const { SecretString } = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(SecretString), 'what readers get now').toEqual(OLD);
});

test('the notice takes the move back by a preview of its own, for twenty seconds', async ({ app, colleague, page }) => {
  await page.clock.install();
  const [first, second] = await versionsOf(colleague, [OLD, NEW]);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  const { plan } = versions;
  await versions.makeCurrent(first);
  await plan.checkButton.click();
  await plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
  await page.clock.runFor(5_000);
  const undo = app.toasts.getByRole('button', { name: 'Undo…' });
  await undo.click();
  await expect(plan.dialog).toContainText('Undo the last change to app/db?');
  await plan.cancel();
  await expect(plan.dialog).toHaveCount(0);
  await undo.click();
  await expect(plan.after(second), 'thinking better of it costs nothing').toHaveText('AWSCURRENT');
  await plan.checkButton.click();
  await plan.confirm.click();
  await expect(versions.labels(second)).toHaveText(['AWSCURRENT']);
  await expect(versions.labels(first)).toHaveText(['AWSPREVIOUS']);
  await expect(app.toasts).toHaveCount(1);
  await page.clock.runFor(15_000);
  await expect(undo, 'nearly over').toBeVisible();
  await page.clock.runFor(5_000);
  await expect(app.toasts).toHaveCount(0);
});

test('a deprecated version becomes current, and the one that loses its last label is kept', async ({ app, colleague }) => {
  const [first, second, third] = await versionsOf(colleague);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  const { plan } = versions;
  await versions.deprecatedSwitch.click();
  await versions.makeCurrent(first);
  await expect(plan.before(first)).toHaveText('Deprecated');
  await expect(plan.losses).toContainText(`Version ${second.slice(0, 8)} loses its last label`);
  await expect(plan.effects.filter({ hasText: 'AWS may have removed it' })).toBeVisible();
  await plan.keepUnder('before-the-rollback');
  await expect(plan.losses).toHaveCount(0);
  await expect(plan.after(second)).toHaveText('before-the-rollback');
  await expect(plan.steps).toHaveCount(2);
  await plan.dialog.getByRole('button', { name: 'Do not keep it' }).click();
  await expect(plan.losses).toHaveCount(1);
  await plan.checkButton.click();
  await expect(plan.readable).toBeVisible();
  const label = plan.dialog.getByLabel(/^Keep .* under a label/);
  await label.fill('kept-by-typing');
  await label.press('Tab');
  await expect(plan.after(second), 'a label that was typed counts when its field is left').toHaveText('kept-by-typing');
  await plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
  await expect(versions.labels(third)).toHaveText(['AWSPREVIOUS']);
  await expect(versions.labels(second)).toHaveText(['kept-by-typing']);
});

test('AWSPENDING goes first in a step of its own, unless it is left on purpose', async ({ app, colleague }) => {
  const [first, second] = await versionsOf(colleague, [OLD, NEW]);
  await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'AWSPENDING', '--move-to-version-id', second);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  const { plan } = versions;
  await versions.makeCurrent(first);
  await expect(plan.steps.first()).toHaveText(`AWSPENDING is removed from ${second.slice(0, 8)}.`);
  const detach = plan.dialog.getByText(/^Remove AWSPENDING first/);
  await detach.click();
  await expect(plan.steps).toHaveCount(1);
  await expect(plan.effects.filter({ hasText: 'AWSPENDING stays on version' })).toBeVisible();
  await expect(plan.tick).toBeVisible();
  await detach.click();
  await expect(plan.steps).toHaveCount(2);
  await plan.checkButton.click();
  await plan.confirm.click();
  await expect(versions.labels(second)).toHaveText(['AWSPREVIOUS']);
});

test('somebody else moves first: nothing is written, and the new picture is shown', async ({ app, colleague, bridge }) => {
  const [first, second, third] = await versionsOf(colleague);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  const { plan } = versions;
  await versions.makeCurrent(second);
  await plan.checkButton.click();
  await expect(plan.readable).toBeVisible();
  await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'blue', '--move-to-version-id', first);
  const before = (await bridge.calls()).UpdateSecretVersionStage;
  await plan.confirm.click();
  await expect(plan.error).toContainText('changed meanwhile');
  await expect(plan.before(first)).toHaveText('blue');
  await expect(plan.before(third)).toHaveText('AWSCURRENT');
  expect((await bridge.calls()).UpdateSecretVersionStage, 'nothing was written').toBe(before);
  await expect(plan.confirm, 'a press that comes too late applies no picture that nobody saw').toBeDisabled();
  await plan.dialog.getByRole('checkbox', { name: 'I have checked the current labels.' }).check();
  await plan.confirm.click();
  await expect(versions.labels(second)).toHaveText(['AWSCURRENT']);
  await expect(versions.labels(first)).toHaveText(['blue']);
});

test('with rotation on, the database and the next window are named and asked for', async ({ app, colleague }) => {
  const [, second] = await versionsOf(colleague, [OLD, NEW]);
  await colleague.aws(
    'rotate-secret', '--secret-id', 'app/db', '--rotation-rules', 'ScheduleExpression=rate(10 days)',
    '--rotation-lambda-arn', 'arn:aws:lambda:us-east-1:123456789012:function:GenericPasswordRotation',
  );
  const rotatedAt = async () => (await colleague.aws('describe-secret', '--secret-id', 'app/db')).LastRotatedDate;
  await expect.poll(rotatedAt, soon('it has rotated')).toBeDefined();
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { plan } = app.detail.versions;
  await app.detail.versions.makeCurrent(second);
  await expect(plan.effects.filter({ hasText: 'Rotation is on and replaces this value by' })).toContainText(
    /; its next window opens on \d{1,2} [A-Z][a-z]{2} \d{4} 00:00 UTC\./,
  );
  await expect(plan.effects.filter({ hasText: 'This version is older than the rotation of' })).toContainText(
    'The database keeps the newer password: moving labels does not change it.',
  );
  await plan.checkButton.click();
  await expect(plan.readable).toBeVisible();
  await expect(plan.confirm, 'not without the tick').toBeDisabled();
  await plan.tick.click();
  await plan.confirm.click();
  await expect(app.detail.versions.labels(second)).toHaveText(['AWSCURRENT']);
});

test('with rotation on, a fresh value is offered beside the old one', async ({ app, colleague }) => {
  const [first] = await versionsOf(colleague, [OLD, NEW]);
  await colleague.aws(
    'rotate-secret', '--secret-id', 'app/db', '--no-rotate-immediately', '--rotation-rules', 'ScheduleExpression=rate(10 days)',
    '--rotation-lambda-arn', 'arn:aws:lambda:us-east-1:123456789012:function:GenericPasswordRotation',
  );
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  await app.detail.versions.makeCurrent(first);
  await app.detail.versions.plan.dialog.getByTestId('rotate-instead').click();
  await expect(app.dialog('Rotate app/db now?')).toBeVisible();
  await app.rotation.agree('Rotate now');
  const password = async () => {
    const { SecretString } = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
    return JSON.parse(SecretString).password;
  };
  await expect.poll(password, SOON).not.toBe(NEW.password);
  expect(await password(), 'neither of the two').not.toBe(OLD.password);
});
