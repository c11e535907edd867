// Every screen in both themes: what axe finds, and a picture at two sizes to look at.
import { join } from 'node:path';
import { ROOT } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { openSample, ROTATION_SCREENS, type Screen } from './rotation-screens.ts';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];

const SCREENS: Screen[] = [
  ...ROTATION_SCREENS,
  { name: 'first-run', show: async (desk) => expect(desk.firstRun).toBeVisible() },
  { name: 'catalog', samples: true, show: async () => {} },
  {
    name: 'sign-in',
    show: async (desk) => {
      await desk.chooseInMenu('Sign in with IAM Identity Center');
      await desk.signIn.form.getByRole('checkbox', { name: /device code/ }).check();
    },
  },
  {
    name: 'search',
    samples: true,
    show: async (desk) => {
      await desk.search.filter('name:prod');
      await desk.search.type('tag-');
      await expect(desk.search.choices.first()).toBeVisible();
    },
  },
  { name: 'nothing-matches', samples: true, show: (desk) => desk.search.filter('name:nowhere') },
  { name: 'value-sealed', samples: true, show: openSample },
  {
    name: 'value-revealed',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.revealButton.click();
      await expect(desk.detail.clearTexts.first()).toBeVisible();
    },
  },
  {
    name: 'value-edited',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.editor.begin();
      await desk.editor.type('password', 'fake-new');
    },
  },
  {
    name: 'edit-beside',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.widenDetail();
      await desk.editor.begin();
      await desk.editor.form.getByRole('radio', { name: 'Both' }).check();
      await desk.editor.show('password');
      await desk.page.getByTestId('show-raw').click();
      await desk.editor.raw.press('Control+End');
      await desk.editor.raw.pressSequentially(',');
      await expect(desk.page.getByTestId('rows-stale')).toBeVisible();
    },
  },
  {
    name: 'binary',
    show: async (desk) => {
      const bytes = Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 7) % 256));
      await new Colleague(desk.bridge.vault!).create({ name: 'app/key', value: bytes });
      await desk.refreshButton.click();
      await desk.catalog.open('app/key');
      await desk.detail.revealButton.click();
      await expect(desk.detail.clearTexts).toBeVisible();
    },
  },
  {
    name: 'undo-of-a-save',
    show: async (desk) => {
      await new Colleague(desk.bridge.vault!).create({ name: 'app/db', value: { username: 'ops', password: 'fake-old' } });
      await desk.refreshButton.click();
      await desk.catalog.open('app/db');
      await desk.editor.begin();
      await desk.editor.type('password', 'fake-new');
      await desk.editor.save();
      await desk.toasts.getByRole('button', { name: 'Undo…' }).click();
      await expect(desk.detail.versions.plan.dialog).toBeVisible();
      await expect(desk.toasts).toBeInViewport();
    },
  },
  {
    name: 'password',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.editor.begin();
      await desk.editor.choose('password', 'Generate a password…');
      await expect(desk.page.getByTestId('password-made').getByTestId('mask')).toBeVisible();
    },
  },
  {
    name: 'delete-secret',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Details');
      await desk.page.getByRole('button', { name: 'Delete secret…' }).click();
      await expect(desk.page.getByTestId('metadata-form')).toBeVisible();
    },
  },
  {
    name: 'change-review',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Details');
      await desk.page.getByRole('button', { name: 'Delete secret…' }).click();
      await desk.page.getByRole('button', { name: 'Continue' }).click();
      await desk.changeReview.cli.getByText('AWS CLI equivalent').click();
      await expect(desk.changeReview.cliLines).toContainText('delete-secret');
    },
  },
  {
    name: 'create-from-template',
    samples: true,
    show: async (desk) => {
      await desk.createSecret.open();
      await desk.createSecret.dialog.getByLabel('Template').selectOption('MySQL');
      await expect(desk.createSecret.dialog.getByTestId('template-finding')).toContainText('host');
    },
  },
  {
    name: 'save-review',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.editor.begin();
      await desk.editor.type('password', 'fake-new');
      await desk.editor.openReview();
      await desk.page.getByTestId('reveal-sides').click();
      await expect(desk.editor.review.getByTestId('clear-text')).toHaveCount(2);
    },
  },
  {
    name: 'merge',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.editor.begin();
      await desk.editor.type('password', 'fake-mine');
      const colleague = new Colleague(desk.bridge.vault!);
      const id = 'prod/payments/database';
      const now = JSON.parse((await colleague.aws('get-secret-value', '--secret-id', id)).SecretString);
      const theirs = { ...now, password: 'fake-theirs', host: 'fake-host.example.com', added: 'fake' };
      await colleague.aws('put-secret-value', '--secret-id', id, '--secret-string', JSON.stringify(theirs));
      await desk.editor.openReview();
      await desk.page.getByTestId('reveal-sides').click();
      await expect(desk.editor.mergeRow('password').getByTestId('clear-text')).toHaveCount(3);
    },
  },
  {
    name: 'versions',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Versions');
      await expect(desk.detail.versionRows.first()).toBeVisible();
    },
  },
  {
    name: 'rotation',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Rotation');
      await expect(desk.rotation.pane).toBeVisible();
    },
  },
  {
    name: 'rotation-editor',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Rotation');
      await desk.rotation.press('Edit rotation');
      await desk.rotation.expression.fill('cron(0 0/3 * * ? *)');
      await expect(desk.rotation.faults).toHaveCount(1);
    },
  },
  {
    name: 'leave-question',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.editor.begin();
      await desk.editor.type('password', 'fake-new');
      await desk.detail.close();
      await expect(desk.editor.leaveQuestion).toBeVisible();
    },
  },
  {
    name: 'rollback',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Versions');
      const { versions } = desk.detail;
      await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
      await versions.plan.compareButton.click();
      await expect(versions.plan.difference.view).toBeVisible();
    },
  },
  {
    name: 'compare',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Versions');
      const { versions } = desk.detail;
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
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Versions');
      const { versions } = desk.detail;
      await versions.rows.getByTestId('make-current').first().click();
      await versions.plan.checkButton.click();
      if (await versions.plan.tick.isVisible()) await versions.plan.tick.check();
      await versions.plan.confirm.click();
      await expect(versions.plan.dialog).toHaveCount(0);
      await desk.journal.open();
      await expect(desk.journal.entries).toHaveCount(1);
    },
  },
  {
    name: 'details',
    samples: true,
    show: async (desk) => {
      await openSample(desk);
      await desk.detail.turnTo('Details');
      await expect(desk.detail.metadata).toBeVisible();
    },
  },
  {
    name: 'create-secret',
    show: async (desk) => {
      await desk.createSecret.open();
      await desk.createSecret.fillTags({ team: 'payments' });
    },
  },
  { name: 'settings', show: (desk) => desk.settings.open() },
  { name: 'keys', show: (desk) => desk.page.keyboard.press('?') },
  {
    name: 'diagnostics',
    show: async (desk) => {
      // The text is of the moment at which it is opened: the list has been answered by then.
      await expect(desk.firstRun).toBeVisible();
      await desk.page.keyboard.press('?');
      await desk.page.getByRole('button', { name: 'Diagnostics…' }).click();
      await expect(desk.page.getByTestId('diagnostics')).toContainText('ListSecrets 200');
    },
  },
  { name: 'connections', show: (desk) => desk.chooseInMenu('Connections…') },
  { name: 'edit-connection', show: (desk) => desk.chooseInMenu('Edit this connection') },
  { name: 'add-access-key', show: (desk) => desk.chooseInMenu('Add an access key') },
  { name: 'add-role', show: (desk) => desk.chooseInMenu('Assume a role') },
  {
    name: 'lock-passphrase',
    show: async (desk) => {
      await desk.settings.open();
      await desk.page.getByRole('button', { name: 'Set a passphrase…' }).click();
      await expect(desk.dialog('Lock passphrase')).toBeVisible();
    },
  },
  { name: 'open-secret', show: (desk) => desk.chooseInMenu('Open by name, ARN or URL') },
  {
    name: 'menu',
    show: async (desk) => {
      await desk.connectionName.click();
      await expect(desk.page.getByRole('menu')).toBeVisible();
    },
  },
];

async function lookAt(desk: Desk, name: string, theme: 'light' | 'dark'): Promise<void> {
  for (const size of SIZES) {
    await desk.page.setViewportSize(size);
    const picture = `${name}-${theme}-${size.width}x${size.height}.png`;
    await desk.page.screenshot({ path: join(ROOT, 'tests/artifacts/screens', picture) });
    // Axe sees each theme and each size of a screen once: colours do not depend on the size, nor the layout on the theme.
    if (size === SIZES[theme === 'light' ? 0 : 1]) await expectAccessible(desk);
    const overflow = await desk.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `nothing is cut off in ${picture}`).toBeLessThanOrEqual(0);
  }
}

for (const theme of ['light', 'dark'] as const) {
  for (const screen of SCREENS) {
    test.describe(() => {
      test.use({ settings: screen.settings ?? '' });

      test(`${screen.name} is accessible in the ${theme} theme`, async ({ desk, page }) => {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await desk.open();
        if (screen.samples) {
          await page.getByTestId('load-samples').click();
          await expect(desk.catalog.rows.first()).toBeVisible();
          await desk.toasts.getByRole('button', { name: 'Dismiss' }).click();
        }
        await screen.show(desk);
        await lookAt(desk, screen.name, theme);
      });
    });
  }
}

test.describe('without a keyring', () => {
  test.use({ vault: 'folder', keyring: false });

  for (const theme of ['light', 'dark'] as const) {
    test(`passphrase is accessible in the ${theme} theme`, async ({ desk, bridge, page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.goto(bridge.url);
      await expect(page.getByTestId('passphrase')).toBeVisible();
      await lookAt(desk, 'passphrase', theme);
    });
  }
});

test('in a narrow window the tree is a drawer and the secret lies over the list', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'prod/a' }, { name: 'staging/b' });
  await page.setViewportSize({ width: 700, height: 600 });
  await desk.openList('2 secrets');
  await expect(desk.treeLine('prod/')).not.toBeInViewport();
  await page.getByRole('button', { name: 'Show the side pane' }).click();
  await expect(desk.treeLine('prod/')).toBeInViewport();
  await desk.treeLine('prod/').click();
  await expect(desk.treeLine('prod/')).not.toBeInViewport();
  await desk.catalog.expectNames('prod/a');
  await desk.catalog.open('prod/a');
  await expect(desk.detail.name).toBeInViewport();
  await expectAccessible(desk);
  await desk.detail.close();
  await expect(desk.catalog.row('prod/a')).toBeInViewport();
});
