import type { Locator, Page } from '@playwright/test';

/** The review of a change: before and after, what must be typed, the AWS CLI lines. */
export class ChangeReview {
  readonly form: Locator;
  readonly rows: Locator;
  readonly cli: Locator;
  readonly cliLines: Locator;
  readonly back: Locator;
  readonly error: Locator;

  constructor(private readonly page: Page) {
    this.form = page.getByTestId('change-review');
    this.rows = this.form.getByTestId('review-row');
    this.cli = this.form.getByRole('group').filter({ hasText: 'AWS CLI equivalent' });
    this.cliLines = this.form.getByTestId('cli-lines');
    this.back = this.form.getByRole('button', { name: /^(Back|Keep rotation on)$/ });
    this.error = this.form.getByTestId('error-panel');
  }

  /** What must be typed before it is applied. */
  word(word: string): Locator {
    return this.form.getByLabel(`Type ${word} to continue`);
  }

  apply(verb: string): Locator {
    return this.form.getByRole('button', { name: verb, exact: true });
  }

  /** What each row says: its name, before, after. */
  async table(): Promise<string[][]> {
    const rows = await this.rows.all();
    return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
  }

  async copyCliLines(): Promise<string> {
    await this.cli.getByText('AWS CLI equivalent').click();
    await this.cli.getByRole('button', { name: 'Copy as AWS CLI' }).click();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}
