import { expect, type Locator, type Page } from '@playwright/test';
import { SOON } from '../soon.ts';

/** The list of secrets. */
export class Catalog {
  readonly grid: Locator;
  readonly rows: Locator;
  readonly title: Locator;
  readonly count: Locator;
  readonly loading: Locator;
  readonly pendingSwitch: Locator;
  readonly emptyState: Locator;

  constructor(private readonly page: Page) {
    this.grid = page.getByRole('grid', { name: 'Secrets' });
    this.rows = page.getByTestId('catalog-row');
    this.title = page.getByTestId('catalog-title');
    this.count = page.getByTestId('catalog-count');
    this.loading = page.getByTestId('catalog-loading');
    this.pendingSwitch = page.getByTestId('pending-switch');
    this.emptyState = page.getByTestId('empty-state');
  }

  row(name: string): Locator {
    return this.rows.and(this.page.locator(`[data-name="${quoted(name)}"]`));
  }

  /** The names of the rows in the page, from top to bottom. */
  async names(): Promise<string[]> {
    const rows = await this.rows.evaluateAll((rows) =>
      rows
        .map((row) => ({ at: Number((row as HTMLElement).dataset.row), name: (row as HTMLElement).dataset.name }))
        .sort((a, b) => a.at - b.at),
    );
    return rows.map((row) => row.name ?? '');
  }

  async expectNames(...names: string[]): Promise<void> {
    await expect.poll(() => this.names(), SOON).toEqual(names);
  }

  async open(name: string): Promise<void> {
    await this.row(name).click();
  }

  header(column: string): Locator {
    return this.page.getByRole('columnheader', { name: column });
  }

  async sortBy(column: string): Promise<void> {
    await this.header(column).getByRole('button').click();
  }

  /** Puts a column on or takes it off. */
  async toggleColumn(column: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Columns' }).click();
    await this.page.getByRole('menuitemcheckbox', { name: column, exact: true }).click();
    await this.page.keyboard.press('Escape');
  }

  /** Shows a connection's secrets among those in view, or takes them out. */
  async toggleTogether(connection: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Show connections together' }).click();
    await this.page.getByRole('menuitemcheckbox', { name: connection, exact: true }).click();
    await this.page.keyboard.press('Escape');
  }
}

const quoted = (text: string) => text.replace(/["\\]/g, "\\$&");
