// Every screen in both themes: what axe finds, and a picture at two sizes to look at.
import { join } from 'node:path';
import { ROOT } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { openSample, ROTATION_SCREENS, type Screen } from './rotation-screens.ts';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];

const SCREENS: Screen[] = [
  ...ROTATION_SCREENS,
  { name: 'first-run', show: async (app) => expect(app.firstRun).toBeVisible() },
  { name: 'catalog', samples: true, show: async () => {} },
  {
    name: 'sign-in',
    show: async (app) => {
      await app.chooseInMenu('Sign in with IAM Identity Center');
      await app.signIn.form.getByRole('checkbox', { name: /device code/ }).check();
    },
  },
  {
    name: 'search',
    samples: true,
    show: async (app) => {
      await app.search.filter('name:prod');
      await app.search.type('tag-');
      await expect(app.search.choices.first()).toBeVisible();
    },
  },
  { name: 'nothing-matches', samples: true, show: (app) => app.search.filter('name:nowhere') },
  { name: 'value-sealed', samples: true, show: openSample },
  {
    name: 'value-revealed',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.revealButton.click();
      await expect(app.detail.clearTexts.first()).toBeVisible();
    },
  },
  {
    name: 'value-edited',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.editor.begin();
      await app.editor.type('password', 'fake-new');
    },
  },
  {
    name: 'edit-beside',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.widenDetail();
      await app.editor.begin();
      await app.editor.form.getByRole('radio', { name: 'Both' }).check();
      await app.editor.show('password');
      await app.page.getByTestId('show-raw').click();
      await app.editor.raw.press('Control+End');
      await app.editor.raw.pressSequentially(',');
      await expect(app.page.getByTestId('rows-stale')).toBeVisible();
    },
  },
  {
    name: 'binary',
    show: async (app) => {
      const bytes = Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 7) % 256));
      await new Colleague(app.bridge.vault!).create({ name: 'app/key', value: bytes });
      await app.refreshButton.click();
      await app.catalog.open('app/key');
      await app.detail.revealButton.click();
      await expect(app.detail.clearTexts).toBeVisible();
    },
  },
  {
    name: 'undo-of-a-save',
    show: async (app) => {
      await new Colleague(app.bridge.vault!).create({ name: 'app/db', value: { username: 'ops', password: 'fake-old' } });
      await app.refreshButton.click();
      await app.catalog.open('app/db');
      await app.editor.begin();
      await app.editor.type('password', 'fake-new');
      await app.editor.save();
      await app.toasts.getByRole('button', { name: 'Undo…' }).click();
      await expect(app.detail.versions.plan.dialog).toBeVisible();
      await expect(app.toasts).toBeInViewport();
    },
  },
  {
    name: 'password',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.editor.begin();
      await app.editor.choose('password', 'Generate a password…');
      await expect(app.page.getByTestId('password-made').getByTestId('mask')).toBeVisible();
    },
  },
  {
    name: 'delete-secret',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Details');
      await app.page.getByRole('button', { name: 'Delete secret…' }).click();
      await expect(app.page.getByTestId('metadata-form')).toBeVisible();
    },
  },
  {
    name: 'change-review',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Details');
      await app.page.getByRole('button', { name: 'Delete secret…' }).click();
      await app.page.getByRole('button', { name: 'Continue' }).click();
      await app.changeReview.cli.getByText('AWS CLI equivalent').click();
      await expect(app.changeReview.cliLines).toContainText('delete-secret');
    },
  },
  {
    name: 'create-from-template',
    samples: true,
    show: async (app) => {
      await app.createSecret.open();
      await app.createSecret.dialog.getByLabel('Template').selectOption('MySQL');
      await expect(app.createSecret.dialog.getByTestId('template-finding')).toContainText('host');
    },
  },
  {
    name: 'save-review',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.editor.begin();
      await app.editor.type('password', 'fake-new');
      await app.editor.openReview();
      await app.page.getByTestId('reveal-sides').click();
      await expect(app.editor.review.getByTestId('clear-text')).toHaveCount(2);
    },
  },
  {
    name: 'merge',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.editor.begin();
      await app.editor.type('password', 'fake-mine');
      const colleague = new Colleague(app.bridge.vault!);
      const id = 'prod/payments/database';
      const now = JSON.parse((await colleague.aws('get-secret-value', '--secret-id', id)).SecretString);
      const theirs = { ...now, password: 'fake-theirs', host: 'fake-host.example.com', added: 'fake' };
      await colleague.aws('put-secret-value', '--secret-id', id, '--secret-string', JSON.stringify(theirs));
      await app.editor.openReview();
      await app.page.getByTestId('reveal-sides').click();
      await expect(app.editor.mergeRow('password').getByTestId('clear-text')).toHaveCount(3);
    },
  },
  {
    name: 'versions',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Versions');
      await expect(app.detail.versionRows.first()).toBeVisible();
    },
  },
  {
    name: 'rotation',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Rotation');
      await expect(app.rotation.pane).toBeVisible();
    },
  },
  {
    name: 'rotation-editor',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Rotation');
      await app.rotation.press('Edit rotation');
      await app.rotation.expression.fill('cron(0 0/3 * * ? *)');
      await expect(app.rotation.faults).toHaveCount(1);
    },
  },
  {
    name: 'leave-question',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.editor.begin();
      await app.editor.type('password', 'fake-new');
      await app.detail.close();
      await expect(app.editor.leaveQuestion).toBeVisible();
    },
  },
  {
    name: 'rollback',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Versions');
      const { versions } = app.detail;
      await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
      await versions.plan.compareButton.click();
      await expect(versions.plan.difference.view).toBeVisible();
    },
  },
  {
    name: 'compare',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Versions');
      const { versions } = app.detail;
      await versions.rows.nth(0).getByTestId('choose-version').check();
      await versions.rows.nth(1).getByTestId('choose-version').check();
      await versions.compareButton.click();
      await versions.compared.revealButton.click();
      await expect(versions.compared.clearTexts.first()).toBeVisible();
    },
  },
  {
    name: 'journal',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Versions');
      const { versions } = app.detail;
      await versions.rows.getByTestId('make-current').first().click();
      await versions.plan.checkButton.click();
      if (await versions.plan.tick.isVisible()) await versions.plan.tick.check();
      await versions.plan.confirm.click();
      await expect(versions.plan.dialog).toHaveCount(0);
      await app.journal.open();
      await expect(app.journal.entries).toHaveCount(1);
    },
  },
  {
    name: 'details',
    samples: true,
    show: async (app) => {
      await openSample(app);
      await app.detail.turnTo('Details');
      await expect(app.detail.metadata).toBeVisible();
    },
  },
  {
    name: 'create-secret',
    show: async (app) => {
      await app.createSecret.open();
      await app.createSecret.fillTags({ team: 'payments' });
    },
  },
  { name: 'settings', show: (app) => app.settings.open() },
  { name: 'keys', show: (app) => app.page.keyboard.press('?') },
  {
    name: 'diagnostics',
    show: async (app) => {
      // The text is of the moment at which it is opened: the list has been answered by then.
      await expect(app.firstRun).toBeVisible();
      await app.page.keyboard.press('?');
      await app.page.getByRole('button', { name: 'Diagnostics…' }).click();
      await expect(app.page.getByTestId('diagnostics')).toContainText('ListSecrets 200');
    },
  },
  { name: 'connections', show: (app) => app.chooseInMenu('Connections…') },
  { name: 'edit-connection', show: (app) => app.chooseInMenu('Edit this connection') },
  { name: 'add-access-key', show: (app) => app.chooseInMenu('Add an access key') },
  { name: 'add-role', show: (app) => app.chooseInMenu('Assume a role') },
  {
    name: 'lock-passphrase',
    show: async (app) => {
      await app.settings.open();
      await app.page.getByRole('button', { name: 'Set a passphrase…' }).click();
      await expect(app.dialog('Lock passphrase')).toBeVisible();
    },
  },
  { name: 'open-secret', show: (app) => app.chooseInMenu('Open by name, ARN or URL') },
  {
    name: 'menu',
    show: async (app) => {
      await app.connectionName.click();
      await expect(app.page.getByRole('menu')).toBeVisible();
    },
  },
];

async function lookAt(app: App, name: string, theme: 'light' | 'dark'): Promise<void> {
  for (const size of SIZES) {
    await app.page.setViewportSize(size);
    const picture = `${name}-${theme}-${size.width}x${size.height}.png`;
    await app.page.screenshot({ path: join(ROOT, 'tests/artifacts/screens', picture) });
    // Axe sees each theme and each size of a screen once: colours do not depend on the size, nor the layout on the theme.
    if (size === SIZES[theme === 'light' ? 0 : 1]) await expectAccessible(app);
    const overflow = await app.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `nothing is cut off in ${picture}`).toBeLessThanOrEqual(0);
  }
}

for (const theme of ['light', 'dark'] as const) {
  for (const screen of SCREENS) {
    test.describe(() => {
      test.use({ settings: screen.settings ?? '' });

      test(`${screen.name} is accessible in the ${theme} theme`, async ({ app, page }) => {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await app.open();
        if (screen.samples) {
          await page.getByTestId('load-samples').click();
          await expect(app.catalog.rows.first()).toBeVisible();
          await app.toasts.getByRole('button', { name: 'Dismiss' }).click();
        }
        await screen.show(app);
        await lookAt(app, screen.name, theme);
      });
    });
  }
}

test.describe('without a keyring', () => {
  test.use({ vault: 'folder', keyring: false });

  for (const theme of ['light', 'dark'] as const) {
    test(`passphrase is accessible in the ${theme} theme`, async ({ app, bridge, page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.goto(bridge.url);
      await expect(page.getByTestId('passphrase')).toBeVisible();
      await lookAt(app, 'passphrase', theme);
    });
  }
});

test('in a narrow window the tree is a drawer and the secret lies over the list', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'prod/a' }, { name: 'staging/b' });
  await page.setViewportSize({ width: 700, height: 600 });
  await app.openList('2 secrets');
  await expect(app.treeLine('prod/')).not.toBeInViewport();
  await page.getByRole('button', { name: 'Show the side pane' }).click();
  await expect(app.treeLine('prod/')).toBeInViewport();
  await app.treeLine('prod/').click();
  await expect(app.treeLine('prod/')).not.toBeInViewport();
  await app.catalog.expectNames('prod/a');
  await app.catalog.open('prod/a');
  await expect(app.detail.name).toBeInViewport();
  await expectAccessible(app);
  await app.detail.close();
  await expect(app.catalog.row('prod/a')).toBeInViewport();
});
