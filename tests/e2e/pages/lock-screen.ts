import { expect, type Locator, type Page } from '@playwright/test';
import { SOON, soon } from '../soon.ts';

/** The window while locked. */
export class LockScreen {
  readonly screen: Locator;
  readonly passphrase: Locator;
  readonly openButton: Locator;

  constructor(private readonly page: Page) {
    this.screen = page.getByTestId('lock-screen');
    this.passphrase = this.screen.getByLabel('Passphrase', { exact: true });
    this.openButton = this.screen.getByRole('button', { name: 'Open Latchkey' });
  }

  /** Locks by key. What the page has seen goes with the page: another one is loaded. */
  async lock(): Promise<void> {
    await this.page.evaluate(() => Object.assign(window, { isBeforeTheLock: true }));
    await this.page.keyboard.press('Control+Shift+L');
    const isBefore = () => this.page.evaluate(() => 'isBeforeTheLock' in window).catch(() => true);
    await expect.poll(isBefore, soon('the page is loaded anew')).toBe(false);
  }

  /** The whole page; a lock loads it anew, and it cannot be read in the middle of that. */
  async content(): Promise<string> {
    let content = '';
    await expect(async () => {
      content = await this.page.content();
    }).toPass(SOON);
    return content;
  }

  async open(): Promise<void> {
    await this.openButton.click();
  }

  async unlock(passphrase: string): Promise<void> {
    await this.passphrase.fill(passphrase);
    await this.screen.getByRole('button', { name: 'Unlock' }).click();
  }

  /** Sets the passphrase on the settings page. */
  async setPassphrase(passphrase: string): Promise<void> {
    await this.page.getByTestId('settings-button').click();
    await this.page.getByRole('button', { name: 'Set a passphrase…' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Lock passphrase' });
    await dialog.getByLabel('New passphrase', { exact: true }).fill(passphrase);
    await dialog.getByLabel('New passphrase again', { exact: true }).fill(passphrase);
    await dialog.getByRole('button', { name: 'Set the passphrase' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }
}
