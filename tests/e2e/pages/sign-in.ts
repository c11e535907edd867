import type { Locator, Page } from '@playwright/test';

/** The dialog *Sign in with IAM Identity Center*, up to the roles that become connections. */
export class SignInDialog {
  readonly form: Locator;
  readonly startUrl: Locator;
  readonly waiting: Locator;
  readonly accounts: Locator;
  readonly roles: Locator;
  readonly banner: Locator;
  readonly sessions: Locator;

  constructor(page: Page) {
    this.form = page.getByTestId('sign-in');
    this.startUrl = this.form.getByLabel('Start URL');
    this.waiting = page.getByTestId('sign-in-waiting');
    this.accounts = page.getByTestId('sso-account');
    this.roles = page.getByTestId('sso-roles');
    this.banner = page.getByTestId('sign-in-banner');
    this.sessions = page.getByTestId('sso-session');
  }

  async fill(startUrl: string, region = 'eu-west-1'): Promise<void> {
    await this.startUrl.fill(startUrl);
    await this.form.getByLabel('Region of IAM Identity Center').selectOption(region);
  }

  async submit(): Promise<void> {
    await this.form.getByRole('button', { name: /^(Sign in|Get a device code)$/ }).click();
  }

  /** The tick of a role. */
  role(account: string, role: string): Locator {
    return this.accounts.filter({ hasText: account }).getByRole('checkbox', { name: role });
  }

  /** Which role writes for a chosen one. */
  writerFor(account: string, role: string): Locator {
    return this.accounts.filter({ hasText: account }).getByRole('combobox', { name: `Who writes for ${role}` });
  }

  /** The name that the connection of a chosen role gets. */
  nameFor(account: string, role: string): Locator {
    return this.accounts.filter({ hasText: account }).getByLabel(`Connection name for ${role}`);
  }
}
