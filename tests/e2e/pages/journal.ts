import type { Locator, Page } from '@playwright/test';

/** The dialog *Journal*. */
export class JournalDialog {
  readonly dialog: Locator;
  readonly search: Locator;
  readonly count: Locator;
  readonly entries: Locator;
  readonly exportButton: Locator;
  readonly undoButtons: Locator;
  readonly error: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByTestId('journal');
    this.search = this.dialog.getByRole('searchbox', { name: 'Search the journal' });
    this.count = this.dialog.getByTestId('journal-count');
    this.entries = this.dialog.getByTestId('journal-entry');
    this.error = this.dialog.getByTestId('error-panel');
    this.undoButtons = this.entries.getByTestId('journal-undo');
    this.exportButton = this.dialog.getByTestId('export-journal');
  }

  async open(): Promise<void> {
    await this.page.getByTestId('journal-button').click();
  }

  /** The ids of the requests of an entry. */
  async requestIds(entry: number): Promise<string[]> {
    const line = this.entries.nth(entry).locator('p').filter({ hasText: /^Requests / });
    return (await line.locator('code').innerText()).split(', ');
  }

  /** Opens the ways out of an entry that was cut off. */
  async recover(entry: number, verb: string): Promise<void> {
    await this.entries.nth(entry).getByTestId('journal-recover').filter({ hasText: verb }).click();
  }

  async undo(entry: number): Promise<void> {
    await this.entries.nth(entry).getByTestId('journal-undo').click();
  }
}
