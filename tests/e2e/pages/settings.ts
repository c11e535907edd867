import type { Locator, Page } from '@playwright/test';

/** The dialog *Settings*. */
export class SettingsDialog {
  readonly dialog: Locator;
  /** The rotation functions of the local vault. */
  readonly functions: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Settings' });
    this.functions = this.dialog.getByTestId('rotation-functions');
  }

  async open(): Promise<void> {
    await this.page.getByTestId('settings-button').click();
  }

  async chooseTheme(theme: 'System' | 'Light' | 'Dark'): Promise<void> {
    await this.dialog.getByRole('radio', { name: theme }).check();
  }

  /** Turns a switch, by its text. */
  async toggle(label: string): Promise<void> {
    await this.dialog.getByText(label, { exact: true }).click();
  }

  async readAgain(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Reload settings file' }).click();
  }

  choice(label: string): Locator {
    return this.dialog.getByLabel(label);
  }

  async close(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close' }).click();
  }
}
