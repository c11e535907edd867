import type { Locator, Page } from '@playwright/test';
import { Versions } from './versions.ts';

/** The open secret: its header, its tabs, and the value. */
export class Detail {
  readonly pane: Locator;
  readonly name: Locator;
  readonly value: Locator;
  readonly sealed: Locator;
  readonly fields: Locator;
  readonly clearTexts: Locator;
  readonly masks: Locator;
  readonly revealButton: Locator;
  readonly hideButton: Locator;
  readonly showKeysButton: Locator;
  readonly copyButton: Locator;
  readonly countdown: Locator;
  readonly note: Locator;
  readonly versionRows: Locator;
  readonly versionPicker: Locator;
  readonly metadata: Locator;
  readonly versions: Versions;

  constructor(private readonly page: Page) {
    this.pane = page.getByTestId('detail');
    this.name = page.getByTestId('detail-name');
    this.value = page.getByTestId('value');
    this.sealed = page.getByTestId('value-sealed');
    this.fields = page.getByTestId('value-field');
    this.clearTexts = page.getByTestId('clear-text');
    this.masks = this.value.getByTestId('mask');
    this.revealButton = page.getByTestId('reveal');
    this.hideButton = page.getByTestId('hide');
    this.showKeysButton = page.getByTestId('show-keys');
    this.copyButton = page.getByTestId('copy-value');
    this.countdown = page.getByTestId('value-countdown');
    this.note = page.getByTestId('value-note');
    this.versionRows = page.getByTestId('version-row');
    this.versionPicker = page.getByRole('combobox', { name: 'Version' });
    this.metadata = page.getByTestId('metadata');
    this.versions = new Versions(page);
  }

  field(key: string): Locator {
    return this.fields.and(this.page.locator(`[data-key="${key}"]`));
  }

  async revealField(key: string): Promise<void> {
    await this.field(key).getByTestId('reveal-field').click();
  }

  async copyField(key: string): Promise<void> {
    await this.field(key).getByTestId('copy-field').click();
  }

  /** Exports the value to the file that the person chooses. */
  async exportValue(): Promise<void> {
    await this.page.getByRole('button', { name: 'Files' }).click();
    await this.page.getByRole('menuitem', { name: 'Export to a file…' }).click();
    await this.page.getByRole('button', { name: 'Choose the file…' }).click();
  }

  /** What stands beside a name among the details. */
  fact(name: string): Locator {
    const title = this.metadata.locator('dt').filter({ hasText: new RegExp(`^${name}$`) });
    return title.locator('xpath=following-sibling::dd[1]');
  }

  async turnTo(tab: 'Value' | 'Versions' | 'Rotation' | 'Details'): Promise<void> {
    await this.page.getByRole('tab', { name: tab }).click();
  }

  version(versionId: string): Locator {
    return this.versionRows.and(this.page.locator(`[data-version-id="${versionId}"]`));
  }

  async close(): Promise<void> {
    await this.pane.getByRole('button', { name: 'Close' }).click();
  }
}
