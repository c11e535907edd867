import { expect, type Locator, type Page } from '@playwright/test';

/** The value while it is edited, and the review of its save. */
export class ValueEditor {
  readonly form: Locator;
  readonly rows: Locator;
  readonly raw: Locator;
  readonly findings: Locator;
  readonly size: Locator;
  readonly trail: Locator;
  readonly errorPanel: Locator;
  readonly review: Locator;
  readonly differences: Locator;
  readonly way: Locator;
  readonly saveButton: Locator;
  readonly merge: Locator;
  readonly mergeRows: Locator;
  readonly leaveQuestion: Locator;

  constructor(private readonly page: Page) {
    this.form = page.getByTestId('value-editor');
    this.rows = page.getByTestId('edit-row');
    this.raw = page.getByTestId('raw-text');
    this.findings = page.getByTestId('edit-findings');
    this.size = this.form.getByTestId('value-size');
    this.trail = page.getByTestId('trail');
    this.errorPanel = page.getByTestId('error-panel');
    this.review = page.getByTestId('save-review');
    this.differences = page.getByTestId('difference-row');
    this.way = page.getByTestId('save-way');
    this.saveButton = page.getByTestId('save-value');
    this.merge = page.getByTestId('merge');
    this.mergeRows = page.getByTestId('merge-row');
    this.leaveQuestion = page.getByTestId('leave-question');
  }

  async begin(): Promise<void> {
    await this.page.getByTestId('edit-value').click();
    await expect(this.form).toBeVisible();
  }

  /** The row of a key, or of an item as it is called (`item 1`). */
  row(key: string): Locator {
    return this.rows.and(this.page.locator(`[data-key="${key}"]`));
  }

  value(key: string): Locator {
    return this.row(key).getByLabel(`Value of ${key}`);
  }

  async show(key: string): Promise<void> {
    await this.row(key).getByTestId('toggle-row').click();
  }

  /** Types a value over the one of a masked row. */
  async type(key: string, text: string): Promise<void> {
    await this.show(key);
    await this.value(key).fill(text);
  }

  async rename(key: string, to: string): Promise<void> {
    await this.row(key).getByLabel('Key', { exact: true }).fill(to);
  }

  async add(key: string, text: string): Promise<void> {
    await this.page.getByTestId('add-row').click();
    await this.rename('new_key', key);
    await this.value(key).fill(text);
  }

  /** Chooses a line of the menu of a row. */
  async choose(key: string, line: string): Promise<void> {
    await this.row(key).getByRole('button', { name: `More for ${key}` }).click();
    await this.page.getByRole('menuitem', { name: line }).click();
  }

  async openNested(key: string): Promise<void> {
    await this.row(key).getByTestId('open-nested').click();
  }

  async keys(): Promise<string[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.key ?? ''));
  }

  /** Turns to the raw text, in the clear. */
  async turnToRaw(): Promise<void> {
    await this.form.getByRole('radio', { name: 'Raw text' }).check();
    await this.page.getByTestId('show-raw').click();
  }

  async openReview(): Promise<void> {
    await this.page.getByTestId('review-value').click();
    await expect(this.review).toBeVisible();
  }

  /** Reviews and saves. */
  async save(): Promise<void> {
    await this.openReview();
    await this.saveButton.click();
    await expect(this.form).toHaveCount(0);
  }

  difference(key: string): Locator {
    return this.differences.and(this.page.locator(`[data-key="${key}"]`));
  }

  mergeRow(key: string): Locator {
    return this.mergeRows.and(this.page.locator(`[data-key="${key}"]`));
  }
}
