import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Locator, type Page, type TestInfo } from '@playwright/test';
import type { App } from './app.ts';

/** *Edit connection*, and what the window says of a connection's guard. */
export class EditConnectionDialog {
  readonly form: Locator;
  readonly name: Locator;
  readonly reveals: Locator;
  readonly error: Locator;
  readonly words: Locator;
  readonly writer: Locator;
  readonly save: Locator;

  constructor(page: Page) {
    this.form = page.getByTestId('edit-connection');
    this.name = this.form.getByLabel('Name');
    this.reveals = this.form.getByText(/^Ask in a system dialog/);
    this.error = this.form.getByRole('alert');
    this.words = this.form.getByTestId('guard-words');
    this.writer = this.form.getByRole('combobox', { name: 'Writes through' });
    this.save = this.form.getByRole('button', { name: 'Save the connection' });
  }

  async choose(guard: 'Unrestricted' | 'Confirm' | 'Read only'): Promise<void> {
    await this.form.getByRole('radio', { name: guard }).check();
  }

  colour(name: string): Locator {
    return this.form.getByRole('group', { name: 'Colour' }).getByRole('radio', { name });
  }

  icon(name: string): Locator {
    return this.form.getByRole('group', { name: 'Icon' }).getByRole('radio', { name });
  }
}

/** Answers the system dialogs; declines by default, except for new connections. */
export class Person {
  private readonly folder: string;
  private readonly exports: string;

  constructor(testInfo: TestInfo) {
    this.folder = join(testInfo.outputPath('home'), 'answers');
    this.exports = join(testInfo.outputPath('home'), 'exports');
  }

  async agree(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, 'yes'), '');
  }

  async refuse(): Promise<void> {
    await rm(join(this.folder, 'yes'), { force: true });
  }

  /** Declines new connections too. */
  async refuseConnections(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, 'no'), '');
  }

  /** Trusts the routes of all connections, for tests of something else. */
  async trustWays(app: App): Promise<void> {
    await this.agree();
    await app.chooseInMenu('Connections…');
    const buttons = app.connections.dialog.getByRole('button', { name: 'Trust this route…' });
    await expect(buttons).not.toHaveCount(0);
    for (let left = (await buttons.count()) - 1; left >= 0; left--) {
      await buttons.first().click();
      await expect(buttons).toHaveCount(left);
    }
    await app.page.keyboard.press('Escape');
    await this.refuse();
  }

  /** What they choose in the dialogs for files from now on. */
  async choose(path: string): Promise<void> {
    await mkdir(this.exports, { recursive: true });
    await writeFile(join(this.exports, 'chosen'), path);
  }

  /** Every line that they were asked. */
  asked(): string[] {
    const file = join(this.folder, 'asked');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
}
