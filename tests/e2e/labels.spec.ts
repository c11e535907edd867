import { expect, expectAccessible, test } from './fixtures.ts';
import { pressByKey, tabTo } from './pages/keyboard.ts';
import { versionsOf } from './secrets.ts';

test.describe('labels by hand', () => {
  let first: string;
  let second: string;
  let third: string;

  test.beforeEach(async ({ app, colleague }) => {
    [first, second, third] = await versionsOf(colleague);
    await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'blue', '--move-to-version-id', third);
    await app.openList('1 secret');
    await app.catalog.open('app/db');
    await app.detail.turnTo('Versions');
    await expect(app.detail.versions.labels(third)).toHaveText(['AWSCURRENT', 'blue']);
  });

  test('a label is dragged to another version', async ({ app }) => {
    const { versions } = app.detail;
    await versions.labelOf('blue').dragTo(versions.row(second));
    await expect(versions.plan.after(second)).toHaveText('AWSPREVIOUSblue');
    await expect(versions.plan.steps).toHaveText([`blue moves from ${third.slice(0, 8)} to ${second.slice(0, 8)}.`]);
    await versions.plan.confirm.click();
    await expect(versions.labels(second)).toHaveText(['AWSPREVIOUS', 'blue']);
    await expect(versions.labels(third)).toHaveText(['AWSCURRENT']);
  });

  test('AWSCURRENT is dragged as a rollback, with its check', async ({ app, bridge }) => {
    const { versions } = app.detail;
    await versions.labelOf('AWSCURRENT').dragTo(versions.row(second));
    await expect(versions.plan.dialog).toContainText(`Make ${second.slice(0, 8)} current in app/db?`);
    await expect(versions.plan.confirm).toBeDisabled();
    await versions.plan.cancel();
    await expect(versions.plan.dialog).toHaveCount(0);
    await expect(versions.labels(third)).toHaveText(['AWSCURRENT', 'blue']);
    expect((await bridge.calls()).GetSecretValue, 'to look is not to read').toBeUndefined();
  });

  test('the keyboard moves, removes and adds labels', async ({ app, page }) => {
    const { versions } = app.detail;
    await pressByKey(page, versions.labelButton('blue'));
    await expect(page.getByRole('menuitem', { name: 'Move to…' })).toBeFocused();
    await page.keyboard.press('Enter');
    const move = app.dialog('Move blue');
    await expect(move.getByRole('combobox', { name: 'To version' })).toBeVisible();
    await expectAccessible(app);
    const target = move.getByRole('combobox', { name: 'To version' });
    await tabTo(page, target);
    await expect(target).toHaveValue(second);
    await page.keyboard.press('ArrowDown');
    await expect(target).toHaveValue(first);
    await pressByKey(page, move.getByRole('button', { name: 'Preview' }));
    await expect(versions.plan.steps).toHaveText([`blue moves from ${third.slice(0, 8)} to ${first.slice(0, 8)}.`]);
    await pressByKey(page, versions.plan.confirm);
    await expect(versions.labels(first)).toHaveText(['blue']);

    await pressByKey(page, versions.labelButton('blue'));
    await expect(page.getByRole('menuitem', { name: 'Move to…' })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('menuitem', { name: 'Remove…' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(versions.plan.dialog).toContainText('Remove blue from app/db?');
    await expect(versions.plan.losses).toContainText('loses its last label');
    await pressByKey(page, versions.plan.confirm);
    await expect(versions.row(first)).toHaveCount(0);

    await pressByKey(page, versions.row(second).getByTestId('add-label'));
    await expect(page.getByRole('textbox', { name: 'Label' })).toBeFocused();
    await page.keyboard.type('green');
    await page.keyboard.press('Enter');
    await expect(versions.plan.after(second)).toHaveText('AWSPREVIOUSgreen');
    await pressByKey(page, versions.plan.confirm);
    await expect(versions.labels(second)).toHaveText(['AWSPREVIOUS', 'green']);
  });

  test('AWSCURRENT cannot be removed, and a label that is taken says where it is', async ({ app, page }) => {
    const { versions } = app.detail;
    await versions.labelButton('AWSCURRENT').click();
    await expect(page.getByRole('menuitem')).toHaveText(['Move to…']);
    await page.keyboard.press('Escape');
    await versions.row(second).getByTestId('add-label').click();
    const add = app.dialog(`Add a label to ${second.slice(0, 8)}`);
    await add.getByLabel('Label').fill('blue');
    await add.getByRole('button', { name: 'Preview' }).click();
    await expect(add).toContainText(`blue is on version ${third.slice(0, 8)}. Move it from there.`);
  });

  test('a version that would lose its last label by a removal is kept under another', async ({ app }) => {
    const { versions } = app.detail;
    await versions.labelButton('AWSPREVIOUS').click();
    await app.page.getByRole('menuitem', { name: 'Remove…' }).click();
    await expect(versions.plan.losses).toContainText(`Version ${second.slice(0, 8)} loses its last label`);
    await versions.plan.keepUnder('kept');
    await expect(versions.plan.losses).toHaveCount(0);
    await versions.plan.confirm.click();
    await expect(versions.labels(second)).toHaveText(['kept']);
  });

  test('AWSPENDING is not taken from its last version without a tick, or under a label', async ({ app, colleague, page }) => {
    const { versions } = app.detail;
    const pending = await colleague.aws('put-secret-value', '--secret-id', 'app/db', '--secret-string', 'fake-pending', '--version-stages', 'AWSPENDING');
    await app.refreshButton.click();
    await expect(versions.labels(pending.VersionId)).toHaveText(['AWSPENDING']);
    await versions.labelButton('AWSPENDING').click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await expect(versions.plan.effects.filter({ hasText: 'that is the live one' })).toBeVisible();
    await expect(versions.plan.confirm).toBeDisabled();
    await versions.plan.tick.check();
    await expect(versions.plan.confirm).toBeEnabled();
    await versions.plan.keepUnder('unfinished');
    await expect(versions.plan.tick, 'nothing is let go any more').toHaveCount(0);
    await versions.plan.confirm.click();
    await expect(versions.labels(pending.VersionId)).toHaveText(['unfinished']);
  });
});
