import { expect, type Locator, type Page } from '@playwright/test';

/** The search box with its chips and suggestions. */
export class SearchBox {
  readonly input: Locator;
  readonly chips: Locator;
  readonly choices: Locator;
  readonly note: Locator;
  readonly clearButton: Locator;

  constructor(page: Page) {
    this.input = page.getByTestId('search-input');
    this.chips = page.getByTestId('search-chip');
    this.choices = page.getByTestId('search-choice');
    this.note = page.getByTestId('search-note');
    this.clearButton = page.getByRole('button', { name: 'Clear the search' });
  }

  /** Puts words in place of those that stand there; chips stay. */
  async type(words: string): Promise<void> {
    await this.input.fill(words);
  }

  /** Makes chips of these words. */
  async filter(words: string): Promise<void> {
    await this.type(words);
    await this.input.press('Escape');
    await this.input.press('Enter');
    await expect(this.input).toHaveValue('');
  }
}
