// Changes other than the value: reviewed where required, with AWS CLI lines that do the same, and undone.
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { SOON } from './soon.ts';
import { typeLines } from './terminal.ts';

const ROTATION = 'arn:aws:lambda:us-east-1:123456789012:function:GenericPasswordRotation';

interface Scene {
  app: App;
  colleague: Colleague;
}

async function openDetails(app: App): Promise<void> {
  await app.open();
  await app.catalog.open('app/db');
  await app.detail.turnTo('Details');
}

const form = (app: App) => app.page.getByTestId('metadata-form');

const edit = async (app: App, what: string, fill: () => Promise<void>) => {
  await app.detail.metadata.getByRole('button', { name: `Edit the ${what}` }).click();
  await fill();
  await form(app).getByRole('button', { name: 'Save' }).click();
};

/** The parts of a secret that a change can affect, as an independent client sees them. */
const picture = async (colleague: Colleague, name = 'app/db') => {
  const seen = await colleague.aws('describe-secret', '--secret-id', name);
  const { Description, KmsKeyId, Tags, DeletedDate, RotationEnabled, RotationRules, RotationLambdaARN } = seen;
  const isRotated = seen.LastRotatedDate !== undefined;
  const tags = Object.fromEntries((Tags ?? []).map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
  return { Description, KmsKeyId, tags, isDeleted: DeletedDate !== undefined, isRotated, RotationEnabled, RotationRules, RotationLambdaARN };
};

/** Sets *Confirm* on the current connection. */
async function guard(app: App): Promise<void> {
  await app.chooseInMenu('Edit this connection');
  await app.editConnection.choose('Confirm');
  await app.editConnection.save.click();
  await app.connections.close();
}

/** Turns the rotation of both secrets on, without one now. */
async function rotating(colleague: Colleague): Promise<void> {
  const rules = ['--rotation-rules', '{"ScheduleExpression":"rate(10 days)"}', '--no-rotate-immediately'];
  for (const name of ['app/db', 'app/twin']) {
    await colleague.aws('rotate-secret', '--secret-id', name, '--rotation-lambda-arn', ROTATION, ...rules);
  }
}

/** Every change with a review on a guarded connection: how it is come by, what applies it, its lines. */
const CHANGES: Record<string, { verb: string; lines: number; propose(scene: Scene): Promise<void> }> = {
  'a description': {
    verb: 'Save the description',
    lines: 1,
    propose: ({ app }) => edit(app, 'description', () => form(app).getByLabel('Description').fill(`it's "fake" $HOME -x`)),
  },
  'an encryption key': {
    verb: 'Save the encryption key',
    lines: 1,
    propose: ({ app }) => edit(app, 'encryption key', () => form(app).getByLabel('Encryption key').fill('alias/fake-key')),
  },
  tags: {
    verb: 'Save the tags',
    lines: 2,
    propose: ({ app }) =>
      edit(app, 'tags', async () => {
        const rows = app.page.getByTestId('tag-row');
        await rows.nth(0).getByRole('button', { name: 'Remove this tag' }).click();
        await app.page.getByTestId('add-tag').click();
        await rows.last().getByLabel('Tag key').fill(`it's, "a" $key`);
        await rows.last().getByLabel('Tag value').fill('[x]=y');
      }),
  },
  'a deletion': {
    verb: 'Schedule deletion',
    lines: 1,
    propose: async ({ app }) => {
      await app.page.getByRole('button', { name: 'Delete secret…' }).click();
      await app.page.getByLabel('Recovery window').fill('9');
      await app.page.getByRole('button', { name: 'Continue' }).click();
    },
  },
  'a restore': {
    verb: 'Restore',
    lines: 1,
    propose: async ({ app, colleague }) => {
      for (const name of ['app/db', 'app/twin']) {
        await colleague.aws('delete-secret', '--secret-id', name, '--recovery-window-in-days', '7');
      }
      await app.page.keyboard.press('F5');
      await app.page.getByTestId('restore-secret').click();
    },
  },
  'a rotation that begins now': {
    verb: 'Rotate now',
    lines: 1,
    propose: async ({ app, colleague }) => {
      await rotating(colleague);
      await app.page.keyboard.press('F5');
      await app.detail.turnTo('Rotation');
      await app.rotation.press('Rotate now');
    },
  },
  'a rotation that is cancelled': {
    verb: 'Cancel rotation',
    lines: 1,
    propose: async ({ app, colleague }) => {
      await rotating(colleague);
      await app.page.keyboard.press('F5');
      await app.detail.turnTo('Rotation');
      await app.rotation.press('Cancel rotation');
    },
  },
  'a rotation that is set up': {
    verb: 'Save rotation',
    lines: 1,
    propose: async ({ app }) => {
      await app.detail.turnTo('Rotation');
      await app.rotation.press('Set up rotation');
      await app.rotation.functionArn.fill(ROTATION);
      await app.rotation.rotateImmediately.uncheck();
      await app.rotation.press('Turn on rotation');
    },
  },
};

const VALUE = { username: 'ops', password: 'fake' };
const SECRET = { value: VALUE, description: 'Old words', tags: { team: 'a', stays: '1' } };
const ARN = /arn:aws:secretsmanager:us-east-1:\d+:secret:app\/db-\w{6}/g;

test.beforeEach(({ context, bridge }) =>
  context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(bridge.url).origin }),
);

for (const [name, { verb, lines: count, propose }] of Object.entries(CHANGES)) {
  test(`${name}: the lines for the AWS CLI do to a twin what the review then does`, async ({ app, colleague, bridge }) => {
    const [, { ARN: twin }] = await colleague.create({ name: 'app/db', ...SECRET }, { name: 'app/twin', ...SECRET });
    await openDetails(app);
    await guard(app);
    await propose({ app, colleague });
    const review = app.changeReview;
    await expect(review.form).toBeVisible();
    const before = await picture(colleague);
    const copied = await review.copyCliLines();
    await expect(review.cliLines, 'what is shown is copied').toHaveText(copied, { useInnerText: true });
    expect(copied.split('\n')).toHaveLength(count);
    await expectAccessible(app);
    expect(await picture(colleague), 'a review writes nothing').toEqual(before);
    const twinBefore = await picture(colleague, 'app/twin');
    await typeLines(bridge.vault!, copied.replaceAll(ARN, twin));
    if (await review.word('app/db').count()) await review.word('app/db').fill('app/db');
    await review.apply(verb).click();
    await expect(review.form).toHaveCount(0);
    // A rotation goes on after its answer.
    await expect.poll(() => picture(colleague), SOON).not.toEqual(before);
    const after = await picture(colleague);
    await expect.poll(() => picture(colleague, 'app/twin'), SOON).toEqual(after);
    expect(twinBefore).not.toEqual(after);
  });
}

test('an unrestricted connection saves in one press, and its undo is reviewed', async ({ app, colleague }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(app);
  const before = await picture(colleague);
  await edit(app, 'tags', () => app.page.getByTestId('tag-row').nth(0).getByLabel('Tag value').fill('b'));
  await expect(app.toasts.last()).toContainText('Saved the tags of app/db.');
  await expect(app.changeReview.form, 'nothing was asked').toHaveCount(0);
  expect((await picture(colleague)).tags).toEqual({ team: 'b', stays: '1' });

  await app.toasts.getByRole('button', { name: 'Undo' }).click();
  const review = app.changeReview;
  await expect(review.form).toBeVisible();
  expect(await review.table()).toEqual([['team', 'b', 'a']]);
  await expect(review.form.getByTestId('review-stays')).toHaveText('1 other tag stays as it is.');
  await review.apply('Save the tags').press('Enter');
  await expect(review.form).toHaveCount(0);
  expect(await picture(colleague)).toEqual(before);
});

test('what others changed since the form was opened is reviewed on an unrestricted connection too', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(app);
  await edit(app, 'tags', async () => {
    await colleague.aws('tag-resource', '--secret-id', 'app/db', '--tags', 'Key=theirs,Value=x');
    await page.getByTestId('tag-row').nth(0).getByLabel('Tag value').fill('2');
  });
  const review = app.changeReview;
  await expect(review.form.getByTestId('changed-since')).toBeVisible();
  expect(await review.table(), 'what would be lost').toContainEqual(['theirs', 'x', 'None']);
  await expectAccessible(app);
  await review.back.click();
  expect((await picture(colleague)).tags).toEqual({ ...SECRET.tags, theirs: 'x' });
});

test('what others changed under a review is a conflict: nothing is written, and the new picture is shown', async ({ app, colleague, bridge }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(app);
  await guard(app);
  await edit(app, 'description', () => form(app).getByLabel('Description').fill('Mine'));
  const review = app.changeReview;
  await expect(review.form).toBeVisible();
  expect(await review.table()).toEqual([['Description', 'Old words', 'Mine']]);
  await colleague.aws('update-secret', '--secret-id', 'app/db', '--description', 'Theirs');
  const { UpdateSecret: sent } = await bridge.calls();
  await review.apply('Save the description').click();
  await expect(review.error).toContainText('app/db was changed meanwhile');
  expect(await review.table()).toEqual([['Description', 'Theirs', 'Mine']]);
  expect((await bridge.calls()).UpdateSecret, 'nothing was sent').toBe(sent);
  await expectAccessible(app);
  await review.apply('Save the description').click();
  await expect(review.form).toHaveCount(0);
  expect((await picture(colleague)).Description).toBe('Mine');
});

test('what would reorder or hide in a review is shown by its code, and copied as it is sent', async ({ app, colleague }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(app);
  await guard(app);
  const words = 'fake \u202eevil\u200b';
  await edit(app, 'description', () => form(app).getByLabel('Description').fill(words));
  const review = app.changeReview;
  await expect(review.rows.first()).toContainText('fake \\u{202e}evil\\u{200b}');
  const copied = await review.copyCliLines();
  await expect(review.cliLines).toContainText('fake \\u{202e}evil\\u{200b}');
  expect(copied).toContain(words);
});

test('a review is left with everything that was typed, by the keyboard too', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(app);
  await guard(app);
  await edit(app, 'description', () => form(app).getByLabel('Description').fill('Half a thought'));
  await expect(app.changeReview.form).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(app.changeReview.form).toHaveCount(0);
  await expect(form(app).getByLabel('Description')).toHaveValue('Half a thought');
  expect((await picture(colleague)).Description).toBe('Old words');
});

test('what an earlier change did is undone from the journal, until something else follows it', async ({ app, colleague }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(app);
  await edit(app, 'description', () => form(app).getByLabel('Description').fill('First'));
  await expect(app.detail.metadata).toContainText('First');
  await edit(app, 'encryption key', () => form(app).getByLabel('Encryption key').fill('alias/fake-key'));
  await app.changeReview.apply('Save the encryption key').click();
  await expect(app.detail.metadata).toContainText('alias/fake-key');
  await app.journal.open();
  const entry = app.journal.entries.filter({ hasText: 'Change description' });
  await entry.getByTestId('journal-undo').click();
  await app.changeReview.apply('Save the description').click();
  await expect(app.changeReview.form).toHaveCount(0);
  const { Description, KmsKeyId } = await picture(colleague);
  expect({ Description, KmsKeyId }).toEqual({ Description: 'Old words', KmsKeyId: 'alias/fake-key' });
});
