import { expect, type Locator, type Page } from '@playwright/test';
import type { BridgeProcess } from '../bridge-process.ts';
import type { Endpoint } from '../endpoints.ts';
import { Catalog } from './catalog.ts';
import { ChangeReview } from './change-review.ts';
import { ConnectionsDialog } from './connections.ts';
import { CreateSecretDialog } from './create-secret.ts';
import { Detail } from './detail.ts';
import { EditConnectionDialog } from './guards.ts';
import { JournalDialog } from './journal.ts';
import { RotationPane } from './rotation.ts';
import { SearchBox } from './search-box.ts';
import { SettingsDialog } from './settings.ts';
import { SignInDialog } from './sign-in.ts';
import { ValueEditor } from './value-editor.ts';

/** The window: its bars, and the way to everything in it. */
export class App {
  /** What the page has complained about. */
  readonly faults: string[] = [];
  readonly catalog: Catalog;
  readonly changeReview: ChangeReview;
  readonly connections: ConnectionsDialog;
  readonly createSecret: CreateSecretDialog;
  readonly detail: Detail;
  readonly editConnection: EditConnectionDialog;
  readonly journal: JournalDialog;
  readonly rotation: RotationPane;
  readonly search: SearchBox;
  readonly settings: SettingsDialog;
  readonly signIn: SignInDialog;
  readonly editor: ValueEditor;
  readonly connectionName: Locator;
  readonly guardBadge: Locator;
  readonly wayBadge: Locator;
  readonly region: Locator;
  readonly refreshButton: Locator;
  readonly statusBar: Locator;
  readonly toasts: Locator;
  readonly errorPanel: Locator;
  readonly firstRun: Locator;
  readonly sidebar: Locator;

  constructor(
    readonly page: Page,
    readonly bridge: BridgeProcess,
  ) {
    this.catalog = new Catalog(page);
    this.changeReview = new ChangeReview(page);
    this.connections = new ConnectionsDialog(page);
    this.createSecret = new CreateSecretDialog(page);
    this.detail = new Detail(page);
    this.editConnection = new EditConnectionDialog(page);
    this.journal = new JournalDialog(page);
    this.rotation = new RotationPane(page);
    this.search = new SearchBox(page);
    this.settings = new SettingsDialog(page);
    this.signIn = new SignInDialog(page);
    this.editor = new ValueEditor(page);
    this.connectionName = page.getByTestId('connection-name');
    this.guardBadge = page.getByTestId('topbar').getByTestId('guard-badge');
    this.wayBadge = page.getByTestId('topbar').getByTestId('way-badge');
    this.region = page.getByRole('combobox', { name: 'Region' });
    this.refreshButton = page.getByTestId('refresh-button');
    this.statusBar = page.getByTestId('status-bar');
    this.toasts = page.getByTestId('toast');
    this.errorPanel = page.getByTestId('error-panel');
    this.firstRun = page.getByTestId('first-run');
    this.sidebar = page.getByTestId('sidebar');
  }

  /** Opens the window and waits until it is ready for work. */
  async open(): Promise<void> {
    await this.page.goto(this.bridge.url);
    await expect(this.page.getByTestId('topbar')).toBeVisible({ timeout: 20_000 });
    await expect(this.catalog.loading).toHaveCount(0);
  }

  /** Opens the window on secrets that are there already. */
  async openList(count: string): Promise<void> {
    await this.open();
    await expect(this.catalog.count).toHaveText(count);
  }

  /** Chooses a line of the menu under the connection's name. */
  async chooseInMenu(line: string): Promise<void> {
    await this.connectionName.click();
    await this.page.getByRole('menuitem', { name: line }).click();
  }

  dialog(title: string): Locator {
    return this.page.getByRole('dialog', { name: title });
  }

  /** Opens the window, adds a connection to an endpoint that may list nothing, and opens a secret there by its name. */
  async openAt(endpoint: Endpoint, secret: string): Promise<void> {
    await this.open();
    await this.chooseInMenu('Add an access key');
    await this.connections.fill({ name: 'scripted', region: 'eu-west-1', endpoint: endpoint.url });
    await this.connections.save.click();
    await expect(this.connectionName).toHaveText('scripted');
    await this.openByText(secret);
  }

  /** Opens a secret by what a person may have at hand: a name, an ARN, a URL. */
  async openByText(text: string): Promise<void> {
    await this.chooseInMenu('Open by name, ARN or URL');
    const dialog = this.dialog('Open secret');
    await dialog.getByLabel('Name, ARN or console URL').fill(text);
    await dialog.getByRole('button', { name: 'Open secret' }).click();
  }

  /** Makes the pane of the open secret as wide as two columns take. */
  async widenDetail(): Promise<void> {
    const line = this.page.getByRole('separator', { name: 'Width of the open secret' });
    for (let step = 0; step < 16; step += 1) {
      await line.press('ArrowLeft');
    }
  }

  treeLine(path: string): Locator {
    return this.page.getByTestId('tree-line').and(this.page.locator(`[data-path="${path}"]`));
  }
}
