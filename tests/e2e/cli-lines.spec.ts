// The AWS CLI lines of a review: they do what the review shows.
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { versionsOf } from './secrets.ts';
import { typeLines } from './terminal.ts';

/** Shell metacharacters, which must be quoted. */
const LABEL = `it's "blue" $HOME`;

interface Scene {
  app: App;
  colleague: Colleague;
  /** Of `app/db`: deprecated, AWSPREVIOUS, AWSCURRENT. */
  versions: [string, string, string];
}

const putLabel = (colleague: Colleague, label: string, version: string) =>
  colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', label, '--move-to-version-id', version);

const stagesOf = async (colleague: Colleague): Promise<Record<string, string[]>> => {
  const { VersionIdsToStages: stages } = await colleague.aws('describe-secret', '--secret-id', 'app/db');
  return Object.fromEntries(Object.entries<string[]>(stages).map(([version, labels]) => [version, [...labels].sort()]));
};

async function open({ app }: Scene): Promise<void> {
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
}

/** Every review with such lines: how it is come by, and how many lines it has. */
const REVIEWS: Record<string, { lines: number; propose(scene: Scene): Promise<void> }> = {
  'a rollback': {
    lines: 1,
    propose: async (scene) => {
      await open(scene);
      await scene.app.detail.versions.makeCurrent(scene.versions[1]);
    },
  },
  'a rollback that takes AWSPENDING away and keeps a version': {
    lines: 3,
    propose: async (scene) => {
      const { app, colleague, versions } = scene;
      await putLabel(colleague, 'AWSPENDING', versions[2]);
      await open(scene);
      await app.detail.versions.deprecatedSwitch.click();
      await app.detail.versions.makeCurrent(versions[0]);
      await app.detail.versions.plan.keepUnder(LABEL);
      await expect(app.detail.versions.plan.losses).toHaveCount(0);
    },
  },
  'a label that moves': {
    lines: 1,
    propose: async (scene) => {
      await putLabel(scene.colleague, LABEL, scene.versions[2]);
      await open(scene);
      await scene.app.detail.versions.labelOf(LABEL).dragTo(scene.app.detail.versions.row(scene.versions[1]));
    },
  },
  'a label that is removed': {
    lines: 1,
    propose: async (scene) => {
      await putLabel(scene.colleague, LABEL, scene.versions[2]);
      await open(scene);
      await scene.app.detail.versions.labelButton(LABEL).click();
      await scene.app.page.getByRole('menuitem', { name: 'Remove…' }).click();
    },
  },
  'a label that is added': {
    lines: 1,
    propose: async (scene) => {
      await open(scene);
      await scene.app.detail.versions.row(scene.versions[1]).getByTestId('add-label').click();
      await scene.app.page.getByRole('textbox', { name: 'Label' }).fill(LABEL);
      await scene.app.page.keyboard.press('Enter');
    },
  },
  'an undo': {
    lines: 2,
    propose: async (scene) => {
      const { app, versions } = scene;
      await open(scene);
      const { plan } = app.detail.versions;
      await app.detail.versions.deprecatedSwitch.click();
      await app.detail.versions.makeCurrent(versions[0]);
      await plan.checkButton.click();
      await plan.confirm.click();
      await expect(plan.dialog).toHaveCount(0);
      await app.toasts.getByRole('button', { name: 'Undo…' }).click();
    },
  },
};

test.beforeEach(({ context, bridge }) =>
  context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(bridge.url).origin }),
);

for (const [name, { lines: count, propose }] of Object.entries(REVIEWS)) {
  test(`${name}: the lines for the AWS CLI do what the review shows`, async ({ app, colleague, bridge }) => {
    const versions = (await versionsOf(colleague)) as Scene['versions'];
    await propose({ app, colleague, versions });
    const { plan } = app.detail.versions;
    await expect(plan.steps).toHaveCount(count);
    const before = await stagesOf(colleague);
    const copied = await plan.copyCliLines();
    await expect(plan.cliLines, 'what is shown is copied').toHaveText(copied, { useInnerText: true });
    expect(copied.split('\n')).toHaveLength(count);
    await expectAccessible(app);
    const { [versions[0]]: first = [], ...picture } = await plan.picture();
    await plan.cancel();
    await expect(plan.dialog).toHaveCount(0);
    expect(await stagesOf(colleague), 'to look is not to move').toEqual(before);

    const moves = (await bridge.calls()).UpdateSecretVersionStage ?? 0;
    await typeLines(bridge.vault!, copied);
    const { [versions[0]]: firstNow = [], ...now } = await stagesOf(colleague);
    expect([first, picture]).toEqual([firstNow, now]);
    expect(now, 'and they moved something').not.toEqual(before);
    expect((await bridge.calls()).UpdateSecretVersionStage, 'a line for each step').toBe(moves + count);
  });
}

test('a label that the AWS CLI would take for a file has no lines, and it is said why', async ({ app, colleague }) => {
  const [, second, third] = await versionsOf(colleague);
  await colleague.call(['update_secret_version_stage', { SecretId: 'app/db', VersionStage: 'file://blue', MoveToVersionId: third }]);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.labelOf('file://blue').dragTo(versions.row(second));
  await versions.plan.cli.getByText('AWS CLI equivalent').click();
  await expect(versions.plan.cli).toContainText('file://blue');
  await expect(versions.plan.cliLines).toHaveCount(0);
});
