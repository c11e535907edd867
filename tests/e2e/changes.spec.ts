// Changes beside the value: reviewed where that is due, with AWS CLI lines that do the same, and undone.
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { SOON } from './soon.ts';
import { typeLines } from './terminal.ts';

const ROTATION = 'arn:aws:lambda:us-east-1:123456789012:function:GenericPasswordRotation';

interface Scene {
  desk: Desk;
  colleague: Colleague;
}

async function openDetails(desk: Desk): Promise<void> {
  await desk.open();
  await desk.catalog.open('app/db');
  await desk.detail.turnTo('Details');
}

const form = (desk: Desk) => desk.page.getByTestId('metadata-form');

const edit = async (desk: Desk, what: string, fill: () => Promise<void>) => {
  await desk.detail.metadata.getByRole('button', { name: `Edit the ${what}` }).click();
  await fill();
  await form(desk).getByRole('button', { name: 'Save' }).click();
};

/** What of a secret a change can be about, as an independent client sees it. */
const picture = async (colleague: Colleague, name = 'app/db') => {
  const seen = await colleague.aws('describe-secret', '--secret-id', name);
  const { Description, KmsKeyId, Tags, DeletedDate, RotationEnabled, RotationRules, RotationLambdaARN } = seen;
  const isRotated = seen.LastRotatedDate !== undefined;
  const tags = Object.fromEntries((Tags ?? []).map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
  return { Description, KmsKeyId, tags, isDeleted: DeletedDate !== undefined, isRotated, RotationEnabled, RotationRules, RotationLambdaARN };
};

/** Makes the connection in view ask before it writes. */
async function guard(desk: Desk): Promise<void> {
  await desk.chooseInMenu('Edit this connection');
  await desk.editConnection.choose('Confirm');
  await desk.editConnection.save.click();
  await desk.connections.close();
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
    propose: ({ desk }) => edit(desk, 'description', () => form(desk).getByLabel('Description').fill(`it's "fake" $HOME -x`)),
  },
  'an encryption key': {
    verb: 'Save the encryption key',
    lines: 1,
    propose: ({ desk }) => edit(desk, 'encryption key', () => form(desk).getByLabel('Encryption key').fill('alias/fake-key')),
  },
  tags: {
    verb: 'Save the tags',
    lines: 2,
    propose: ({ desk }) =>
      edit(desk, 'tags', async () => {
        const rows = desk.page.getByTestId('tag-row');
        await rows.nth(0).getByRole('button', { name: 'Take this tag away' }).click();
        await desk.page.getByTestId('add-tag').click();
        await rows.last().getByLabel('Tag key').fill(`it's, "a" $key`);
        await rows.last().getByLabel('Tag value').fill('[x]=y');
      }),
  },
  'a deletion': {
    verb: 'Schedule deletion',
    lines: 1,
    propose: async ({ desk }) => {
      await desk.page.getByRole('button', { name: 'Delete secret…' }).click();
      await desk.page.getByLabel('Recovery window').fill('9');
      await desk.page.getByRole('button', { name: 'Continue' }).click();
    },
  },
  'a restore': {
    verb: 'Restore',
    lines: 1,
    propose: async ({ desk, colleague }) => {
      for (const name of ['app/db', 'app/twin']) {
        await colleague.aws('delete-secret', '--secret-id', name, '--recovery-window-in-days', '7');
      }
      await desk.page.keyboard.press('F5');
      await desk.page.getByTestId('restore-secret').click();
    },
  },
  'a rotation that begins now': {
    verb: 'Rotate now',
    lines: 1,
    propose: async ({ desk, colleague }) => {
      await rotating(colleague);
      await desk.page.keyboard.press('F5');
      await desk.detail.turnTo('Rotation');
      await desk.rotation.press('Rotate now');
    },
  },
  'a rotation that is cancelled': {
    verb: 'Cancel rotation',
    lines: 1,
    propose: async ({ desk, colleague }) => {
      await rotating(colleague);
      await desk.page.keyboard.press('F5');
      await desk.detail.turnTo('Rotation');
      await desk.rotation.press('Cancel rotation');
    },
  },
  'a rotation that is set up': {
    verb: 'Save rotation',
    lines: 1,
    propose: async ({ desk }) => {
      await desk.detail.turnTo('Rotation');
      await desk.rotation.press('Set up rotation');
      await desk.rotation.functionArn.fill(ROTATION);
      await desk.rotation.rotateImmediately.uncheck();
      await desk.rotation.press('Turn on rotation');
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
  test(`${name}: the lines for the AWS CLI do to a twin what the review then does`, async ({ desk, colleague, bridge }) => {
    const [, { ARN: twin }] = await colleague.create({ name: 'app/db', ...SECRET }, { name: 'app/twin', ...SECRET });
    await openDetails(desk);
    await guard(desk);
    await propose({ desk, colleague });
    const review = desk.changeReview;
    await expect(review.form).toBeVisible();
    const before = await picture(colleague);
    const copied = await review.copyCliLines();
    await expect(review.cliLines, 'what is shown is copied').toHaveText(copied, { useInnerText: true });
    expect(copied.split('\n')).toHaveLength(count);
    await expectAccessible(desk);
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

test('an unrestricted connection saves in one press, and its undo is reviewed', async ({ desk, colleague }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(desk);
  const before = await picture(colleague);
  await edit(desk, 'tags', () => desk.page.getByTestId('tag-row').nth(0).getByLabel('Tag value').fill('b'));
  await expect(desk.toasts.last()).toContainText('The tags of app/db are saved.');
  await expect(desk.changeReview.form, 'nothing was asked').toHaveCount(0);
  expect((await picture(colleague)).tags).toEqual({ team: 'b', stays: '1' });

  await desk.toasts.getByRole('button', { name: 'Undo' }).click();
  const review = desk.changeReview;
  await expect(review.form).toBeVisible();
  expect(await review.table()).toEqual([['team', 'b', 'a']]);
  await expect(review.form.getByTestId('review-stays')).toHaveText('1 other tag stays as it is.');
  await review.apply('Save the tags').press('Enter');
  await expect(review.form).toHaveCount(0);
  expect(await picture(colleague)).toEqual(before);
});

test('what others changed since the form was opened is reviewed on an unrestricted connection too', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(desk);
  await edit(desk, 'tags', async () => {
    await colleague.aws('tag-resource', '--secret-id', 'app/db', '--tags', 'Key=theirs,Value=x');
    await page.getByTestId('tag-row').nth(0).getByLabel('Tag value').fill('2');
  });
  const review = desk.changeReview;
  await expect(review.form.getByTestId('changed-since')).toBeVisible();
  expect(await review.table(), 'what would be lost').toContainEqual(['theirs', 'x', 'None']);
  await expectAccessible(desk);
  await review.back.click();
  expect((await picture(colleague)).tags).toEqual({ ...SECRET.tags, theirs: 'x' });
});

test('what others changed under a review is a conflict: nothing is written, and the new picture is shown', async ({ desk, colleague, bridge }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(desk);
  await guard(desk);
  await edit(desk, 'description', () => form(desk).getByLabel('Description').fill('Mine'));
  const review = desk.changeReview;
  await expect(review.form).toBeVisible();
  expect(await review.table()).toEqual([['Description', 'Old words', 'Mine']]);
  await colleague.aws('update-secret', '--secret-id', 'app/db', '--description', 'Theirs');
  const { UpdateSecret: sent } = await bridge.calls();
  await review.apply('Save the description').click();
  await expect(review.error).toContainText('app/db was changed meanwhile');
  expect(await review.table()).toEqual([['Description', 'Theirs', 'Mine']]);
  expect((await bridge.calls()).UpdateSecret, 'nothing was sent').toBe(sent);
  await expectAccessible(desk);
  await review.apply('Save the description').click();
  await expect(review.form).toHaveCount(0);
  expect((await picture(colleague)).Description).toBe('Mine');
});

test('what would reorder or hide in a review is shown by its code, and copied as it is sent', async ({ desk, colleague }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(desk);
  await guard(desk);
  const words = 'fake \u202eevil\u200b';
  await edit(desk, 'description', () => form(desk).getByLabel('Description').fill(words));
  const review = desk.changeReview;
  await expect(review.rows.first()).toContainText('fake \\u{202e}evil\\u{200b}');
  const copied = await review.copyCliLines();
  await expect(review.cliLines).toContainText('fake \\u{202e}evil\\u{200b}');
  expect(copied).toContain(words);
});

test('a review is left with everything that was typed, by the keyboard too', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(desk);
  await guard(desk);
  await edit(desk, 'description', () => form(desk).getByLabel('Description').fill('Half a thought'));
  await expect(desk.changeReview.form).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(desk.changeReview.form).toHaveCount(0);
  await expect(form(desk).getByLabel('Description')).toHaveValue('Half a thought');
  expect((await picture(colleague)).Description).toBe('Old words');
});

test('what an earlier change did is undone from the journal, until something else follows it', async ({ desk, colleague }) => {
  await colleague.create({ name: 'app/db', ...SECRET });
  await openDetails(desk);
  await edit(desk, 'description', () => form(desk).getByLabel('Description').fill('First'));
  await expect(desk.detail.metadata).toContainText('First');
  await edit(desk, 'encryption key', () => form(desk).getByLabel('Encryption key').fill('alias/fake-key'));
  await desk.changeReview.apply('Save the encryption key').click();
  await expect(desk.detail.metadata).toContainText('alias/fake-key');
  await desk.journal.open();
  const entry = desk.journal.entries.filter({ hasText: 'Change description' });
  await entry.getByTestId('journal-undo').click();
  await desk.changeReview.apply('Save the description').click();
  await expect(desk.changeReview.form).toHaveCount(0);
  const { Description, KmsKeyId } = await picture(colleague);
  expect({ Description, KmsKeyId }).toEqual({ Description: 'Old words', KmsKeyId: 'alias/fake-key' });
});
