import type { Locator, Page } from '@playwright/test';

/** The timeline of versions, and the preview of a move of labels. */
export class Versions {
  readonly rows: Locator;
  readonly count: Locator;
  readonly deprecatedSwitch: Locator;
  readonly readOnlyNote: Locator;
  readonly compareBar: Locator;
  readonly compareButton: Locator;
  readonly compareDialog: Locator;
  readonly compared: Difference;
  readonly plan: StagePlan;

  constructor(private readonly page: Page) {
    this.rows = page.getByTestId('version-row');
    this.count = page.getByTestId('version-count');
    this.deprecatedSwitch = page.getByText(/^Show deprecated/);
    this.readOnlyNote = page.getByTestId('versions-read-only');
    this.compareBar = page.getByTestId('compare-bar');
    this.compareButton = page.getByTestId('compare-versions');
    this.compareDialog = page.getByTestId('compare-dialog');
    this.compared = new Difference(this.compareDialog);
    this.plan = new StagePlan(page);
  }

  row(versionId: string): Locator {
    return this.rows.and(this.page.locator(`[data-version-id="${versionId}"]`));
  }

  labels(versionId: string): Locator {
    return this.row(versionId).getByTestId('stage-tag');
  }

  /** A label to drag. */
  labelOf(label: string): Locator {
    return this.page.getByTestId('label-tag').filter({ hasText: label });
  }

  /** The menu behind a label. */
  labelButton(label: string): Locator {
    return this.rows.getByRole('button', { name: `Label ${label} of` });
  }

  /** Selects versions and compares them. */
  async compare(...versionIds: string[]): Promise<void> {
    for (const id of versionIds) await this.row(id).getByTestId('choose-version').check();
    await this.compareButton.click();
  }

  async makeCurrent(versionId: string): Promise<void> {
    await this.row(versionId).getByTestId('make-current').click();
  }
}

/** What a move of labels would do, before it is done. */
export class StagePlan {
  readonly dialog: Locator;
  readonly steps: Locator;
  readonly effects: Locator;
  readonly losses: Locator;
  readonly confirm: Locator;
  readonly tick: Locator;
  readonly typedName: Locator;
  readonly compareButton: Locator;
  readonly checkButton: Locator;
  readonly readable: Locator;
  readonly failure: Locator;
  readonly error: Locator;
  readonly difference: Difference;
  /** The same as lines for the AWS CLI, which are folded away at first. */
  readonly cli: Locator;
  readonly cliLines: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByTestId('stage-plan');
    this.steps = this.dialog.getByTestId('plan-step');
    this.effects = this.dialog.getByTestId('plan-effect');
    this.losses = this.dialog.getByTestId('plan-loss');
    this.confirm = this.dialog.getByTestId('confirm-plan');
    this.tick = this.dialog.getByRole('checkbox', { name: /I understand the impact/ });
    this.typedName = this.dialog.getByLabel(/to continue without verifying/);
    this.compareButton = this.dialog.getByTestId('compare-target');
    this.checkButton = this.dialog.getByTestId('check-target');
    this.readable = this.dialog.getByTestId('target-readable');
    this.failure = this.dialog.getByTestId('compare-failure');
    this.error = this.dialog.getByTestId('error-panel');
    this.cli = this.dialog.getByRole('group').filter({ hasText: 'AWS CLI equivalent' });
    this.cliLines = this.dialog.getByTestId('cli-lines');
    this.difference = new Difference(this.dialog);
  }

  before(versionId: string): Locator {
    return this.row(versionId).getByTestId('plan-before');
  }

  after(versionId: string): Locator {
    return this.row(versionId).getByTestId('plan-after');
  }

  /** The labels of each version once it is done, as the preview shows them. */
  async picture(): Promise<Record<string, string[]>> {
    const rows = await this.dialog.getByTestId('plan-row').all();
    const labels = (row: Locator) => row.getByTestId('plan-after').getByTestId('stage-tag').allTextContents();
    const entries = rows.map(async (row) => [await row.getAttribute('data-version-id'), (await labels(row)).sort()]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Unfolds the lines for the AWS CLI, and copies them. */
  async copyCliLines(): Promise<string> {
    await this.cli.getByText('AWS CLI equivalent').click();
    await this.cli.getByRole('button', { name: 'Copy as AWS CLI' }).click();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async cancel(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Cancel' }).click();
  }

  /** Keeps the version that would lose its last label. */
  async keepUnder(label: string): Promise<void> {
    await this.dialog.getByLabel(/^Keep .* under a label/).fill(label);
    await this.dialog.getByRole('button', { name: 'Keep the version' }).click();
  }

  private row(versionId: string): Locator {
    return this.dialog.getByTestId('plan-row').and(this.page.locator(`[data-version-id="${versionId}"]`));
  }
}

/** How two values differ. */
export class Difference {
  readonly view: Locator;
  readonly rows: Locator;
  readonly runs: Locator;
  readonly masks: Locator;
  readonly clearTexts: Locator;
  readonly revealButton: Locator;

  constructor(private readonly root: Locator) {
    this.view = root.getByTestId('difference');
    this.rows = root.getByTestId('difference-row');
    this.runs = root.getByTestId('difference-run');
    this.masks = this.view.getByTestId('mask');
    this.clearTexts = this.view.getByTestId('clear-text');
    this.revealButton = root.getByTestId('reveal-difference');
  }

  row(key: string): Locator {
    return this.rows.and(this.root.page().locator(`[data-key="${key}"]`));
  }
}
