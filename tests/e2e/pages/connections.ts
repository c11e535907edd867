import { expect, type Locator, type Page } from '@playwright/test';

export interface AccessKey {
  name: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  region?: string;
  endpoint: string;
}

/** The dialogs *Connections* and *Add access key*. */
export class ConnectionsDialog {
  readonly dialog: Locator;
  readonly form: Locator;
  readonly findings: Locator;
  readonly save: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Connections' });
    this.form = page.getByRole('dialog', { name: 'Add access key' });
    this.findings = page.getByTestId('finding');
    this.save = this.form.getByRole('button', { name: 'Save' });
  }

  async fill({ name, accessKeyId = 'AKIAFAKEFAKEFAKE0003', secretAccessKey = 'fake', region, endpoint }: AccessKey) {
    await this.form.getByLabel('Name', { exact: true }).fill(name);
    await this.form.getByLabel('Access key ID').fill(accessKeyId);
    await this.form.getByLabel('Secret access key', { exact: true }).fill(secretAccessKey);
    if (region) await this.form.getByRole('combobox', { name: 'Region' }).selectOption(region);
    await this.form.getByLabel('Endpoint URL (optional)').fill(endpoint);
  }

  /** Closes the list. It comes back when the dialog above it goes, and takes keys from then on. */
  async close(): Promise<void> {
    await expect(this.dialog).toBeVisible();
    await this.page.keyboard.press('Escape');
    await expect(this.dialog).toHaveCount(0);
  }

  async test(): Promise<void> {
    await this.form.getByTestId('test-connection').click();
  }

  /** The line of a profile, which others may name. */
  profile(name: string): Locator {
    return this.page.getByTestId('connection').and(this.page.locator(`[data-connection="profile:${name}"]`));
  }

  /** The line of one connection. */
  connection(name: string): Locator {
    return this.page.getByTestId('connection').filter({ hasText: name });
  }
}
