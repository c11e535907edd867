import type { Locator, Page } from '@playwright/test';

/** The dialog *Create secret*. */
export class CreateSecretDialog {
  readonly dialog: Locator;
  readonly name: Locator;
  readonly description: Locator;
  readonly text: Locator;
  readonly size: Locator;
  readonly submit: Locator;
  readonly review: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Create secret' });
    this.name = this.dialog.getByLabel('Name', { exact: true });
    this.description = this.dialog.getByLabel('Description (optional)');
    this.text = this.dialog.getByLabel('Text', { exact: true });
    this.size = this.dialog.getByTestId('value-size');
    this.submit = this.dialog.getByRole('button', { name: 'Create secret' });
    this.review = page.getByTestId('creation-review');
  }

  async open(): Promise<void> {
    await this.page.getByTestId('create-secret-button').click();
  }

  /** What each row of the review says of the new secret: its name, and what it will be. */
  async reviewed(): Promise<string[][]> {
    const rows = await this.review.getByTestId('review-row').all();
    const texts = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
    return texts.map(([name, , after]) => [name, after]);
  }

  async fillFields(fields: Record<string, string>): Promise<void> {
    await this.fillRows('field-row', 'Add key', fields, 'Key', 'Value');
  }

  async fillTags(tags: Record<string, string>): Promise<void> {
    await this.fillRows('tag-row', 'Add tag', tags, 'Tag key', 'Tag value');
  }

  async fillText(text: string): Promise<void> {
    await this.dialog.getByRole('radio', { name: 'Plain text' }).check();
    await this.text.fill(text);
  }

  private async fillRows(row: string, add: string, pairs: Record<string, string>, key: string, value: string) {
    for (const [at, [word, text]] of Object.entries(pairs).entries()) {
      const line = this.dialog.getByTestId(row).nth(at);
      if ((await line.count()) === 0) await this.dialog.getByRole('button', { name: add }).click();
      await line.getByLabel(key, { exact: true }).fill(word);
      await line.getByLabel(value, { exact: true }).fill(text);
    }
  }
}
