import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { Builder, By, error, type WebDriver, type WebElement } from 'selenium-webdriver';
import { ROOT, TARGET } from '../e2e/bridge-process.ts';
import { run } from '../e2e/colleague.ts';
import { answers, freePort } from '../e2e/endpoints.ts';
import { SOON } from '../e2e/soon.ts';

export const PATIENCE = 20_000;
const PROGRAM = join(TARGET, 'debug/latchkey');

const surroundings = (home: string) => ({
  LATCHKEY_HOME: home,
  AWS_CONFIG_FILE: join(home, 'aws/config'),
  AWS_SHARED_CREDENTIALS_FILE: join(home, 'aws/credentials'),
});

export const byTestId = (id: string, more = '') => By.css(`[data-testid="${id}"]${more}`);
export const row = (name: string) => byTestId('catalog-row', `[data-name="${name}"]`);

/** The real window, driven through WebKit's own driver. */
export class Window {
  private isOpen = true;

  private constructor(
    private session: WebDriver,
    private readonly url: string,
    private readonly server: ChildProcess,
    private readonly home: string,
  ) {}

  get driver(): WebDriver {
    return this.session;
  }

  /** Opens the window on an empty home, on the keyring of the session or of `env`; what it says goes to `log`. */
  static async open(env: NodeJS.ProcessEnv = {}, log: number | 'inherit' = 'inherit'): Promise<Window> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const home = await mkdtemp(join(tmpdir(), 'latchkey-window-'));
    const server = spawn('WebKitWebDriver', [`--port=${new URL(url).port}`], {
      env: { ...process.env, ...surroundings(home), ...env, TAURI_WEBVIEW_AUTOMATION: 'true' },
      stdio: ['ignore', log, log],
    });
    await answers(`${url}/status`);
    return new Window(await start(url), url, server, home);
  }

  /** Ends the program and starts it again, on the same home. */
  async restart(): Promise<void> {
    await this.quit();
    this.session = await start(this.url);
    this.isOpen = true;
  }

  /** Ends the program, and waits until all its processes have: those of the web view hold its name on the bus. */
  async quit(): Promise<void> {
    if (this.isOpen) await this.session.quit();
    this.isOpen = false;
    await expect.poll(() => isRunning(this.home), { ...SOON, timeout: PATIENCE }).toBe(false);
  }

  async close(): Promise<void> {
    await this.quit();
    this.server.kill();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Starts the program a second time on the same home, and waits until that start has ended. */
  async startAgain(): Promise<void> {
    await run([PROGRAM], surroundings(this.home));
  }

  /** Waits until it is visible. */
  async shows(locator: By): Promise<void> {
    await this.use(locator, async () => {});
  }

  /** The text of what is visible. */
  async text(locator: By): Promise<string> {
    return this.use(locator, (element) => element.getText());
  }

  /** Waits until its text is this. */
  async expectText(locator: By, text: string): Promise<void> {
    await expect.poll(() => this.text(locator), { ...SOON, timeout: PATIENCE }).toBe(text);
  }

  /** Presses what is visible. */
  async press(locator: By): Promise<void> {
    await this.use(locator, (element) => element.click());
  }

  /** Types text in place of what is in a field. */
  async type(locator: By, text: string): Promise<void> {
    // Both in one: a field that was drawn anew in between begins with its own text again.
    await this.use(locator, async (field) => {
      await field.clear();
      await field.sendKeys(text);
    });
  }

  /**
   * Does something with an element once it is visible, and again if the page drew it anew in the middle. Nothing else
   * here holds an element: whatever is held may be gone with the next answer to the page.
   */
  private async use<T>(locator: By, act: (element: WebElement) => Promise<T>): Promise<T> {
    const tried = async () => {
      const [element] = await this.driver.findElements(locator);
      return (await element?.isDisplayed()) ? { done: await act(element!) } : null;
    };
    const found = await this.driver.wait(() => tried().catch(unlessReplaced), PATIENCE, `${locator} is visible`);
    return found!.done;
  }

  /** Presses the button with this text. */
  async pressButton(text: string): Promise<void> {
    await this.press(By.xpath(`//button[normalize-space()="${text}"]`));
  }

  /** Opens a menu and chooses from it. */
  async choose(menu: string, item: string): Promise<void> {
    await this.press(By.xpath(`//button[@aria-haspopup="menu" and (@aria-label="${menu}" or normalize-space()="${menu}")]`));
    await this.press(By.xpath(`//*[starts-with(@role, "menuitem") and normalize-space()="${item}"]`));
  }

  /** Types into the field with this label. */
  async fill(label: string, text: string): Promise<void> {
    await this.type(By.xpath(`//*[@id=//label[normalize-space()="${label}"]/@for]`), text);
  }

  /** Pastes a path into a file dialog of the platform; there is no window manager that would do more. */
  async answer(title: string, path: string): Promise<void> {
    await run(['sh', '-c', 'xclip -selection clipboard -in >/dev/null 2>&1'], {}, path);
    // The line for the path, which a dialog for an open file hides at first.
    await expect.poll(() => pressIn(title, 'ctrl+l', 'ctrl+a', 'ctrl+v'), title).toBe(true);
    // A dialog takes no file before it has looked whether it is there.
    await expect.poll(() => pressIn(title, 'Return'), `${title} closes`).toBe(false);
  }

  /** Agrees to a question of the platform, whose first button has the focus and refuses. */
  async agree(title: string): Promise<void> {
    await answerIn(title, 'Tab', 'Return');
  }

  /** Waits until exactly this many elements are in the page. */
  async expectCount(locator: By, count: number): Promise<void> {
    // A lock loads the page anew, which may be in the middle of a look.
    const found = () => this.driver.findElements(locator).catch(unlessReplaced);
    await this.driver.wait(async () => (await found())?.length === count, PATIENCE);
  }

  /** Keeps a picture of the screen. */
  async picture(name: string): Promise<void> {
    const folder = join(ROOT, 'tests/artifacts/desktop');
    await mkdir(folder, { recursive: true });
    // What is painted lags behind the page by some frames.
    await this.driver.executeAsyncScript(`
      const done = arguments[0];
      const wait = (frames) => (frames ? requestAnimationFrame(() => wait(frames - 1)) : done());
      wait(30);
    `);
    await writeFile(join(folder, `${name}-page.png`), await this.driver.takeScreenshot(), 'base64');
    await run(['import', '-window', 'root', join(folder, `${name}.png`)], {});
  }
}

function unlessReplaced(reason: unknown): null {
  if (reason instanceof error.StaleElementReferenceError) return null;
  throw reason;
}

/** Closes a dialog of the platform by these keys, once it is there. */
export async function answerIn(title: string, ...keys: string[]): Promise<void> {
  await expect.poll(() => isThere(title), title).toBe(true);
  await expect.poll(async () => (await pressIn(title, ...keys)) && (await isThere(title)), `${title} closes`).toBe(false);
}

function isThere(title: string): Promise<boolean> {
  return pressIn(title);
}

/** Whether a dialog of the platform was there and got these keys. */
function pressIn(title: string, ...keys: string[]): Promise<boolean> {
  const name = `^${title.replace(/[.?]/g, '\\$&')}$`;
  const words = ['xdotool', 'search', '--onlyvisible', '--name', name, 'windowfocus', '--sync'];
  return run([...words, ...keys.flatMap((key) => ['key', key])], {}).then(() => true, () => false);
}

/** Whether the program or a process of its web view runs on this home. */
async function isRunning(home: string): Promise<boolean> {
  const runs = async (id: string) => {
    // A process may end while it is looked at.
    const [program, environment] = await Promise.all([
      readlink(`/proc/${id}/exe`).catch(() => ''),
      readFile(`/proc/${id}/environ`, 'utf8').catch(() => ''),
    ]);
    // The driver, which goes on, has the environment of what it starts.
    return basename(program) !== 'WebKitWebDriver' && environment.split('\0').includes(`LATCHKEY_HOME=${home}`);
  };
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(processes.map(runs))).includes(true);
}

/** Starts the program under a driver that is running. */
async function start(url: string): Promise<WebDriver> {
  const options = { binary: PROGRAM, args: [] };
  const capabilities = { browserName: 'wry', 'webkitgtk:browserOptions': options };
  return new Builder().usingServer(url).withCapabilities(capabilities).build();
}

/** Each test has a window of its own, on an empty home. */
export const test = base.extend<{ window: Window }>({
  window: async ({}, use) => {
    const window = await Window.open();
    await use(window);
    await window.close();
  },
});
