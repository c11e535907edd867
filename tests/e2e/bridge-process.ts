import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
export const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');

/** The endpoint and credentials of the bridge's vault for another client. */
export interface Access {
  endpoint: string;
  region: string;
  access_key_id: string;
  secret_access_key: string;
  session_token?: string | null;
}

/** One run of the real commands, engine and vault, with the front end served beside them. */
export class BridgeProcess {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
    /** None while the vault waits for its passphrase. */
    readonly vault: Access | null,
    private readonly written: { log: string },
  ) {}

  get pid(): number {
    return this.process.pid!;
  }

  /** Everything that it has logged so far. */
  get log(): string {
    return this.written.log;
  }

  static async start(home: string, vault: 'memory' | 'folder', env: NodeJS.ProcessEnv = {}, more: string[] = []): Promise<BridgeProcess> {
    const child = spawn(join(TARGET, 'debug/examples/bridge'), ['--home', home, '--vault', vault, ...more], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { log: '' };
    child.stderr.on('data', (chunk) => (written.log += chunk));
    const line = await new Promise<string>((ready, refuse) => {
      createInterface(child.stdout).once('line', ready);
      child.once('error', refuse);
      child.once('exit', (code) => refuse(new Error(`the bridge ended with ${code}:\n${written.log}`)));
    });
    const { url, vault: access } = JSON.parse(line);
    return new BridgeProcess(child, url, access, written);
  }

  /** How often each operation of Secrets Manager was answered so far. */
  async calls(): Promise<Record<string, number>> {
    return (await this.ask('/calls')).json();
  }

  /** Calls a command as the window does, without one. */
  async invoke(command: string, request: object): Promise<any> {
    const headers = { 'content-type': 'application/json' };
    const response = await this.ask(`/ipc/${command}`, { method: 'POST', headers, body: JSON.stringify({ request }) });
    return response.json();
  }

  /** The error that a command is refused with. */
  async refused(command: string, request: object): Promise<any> {
    const url = new URL(`/ipc/${command}`, this.url);
    url.search = new URL(this.url).search;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ request }) });
    if (response.ok) throw new Error(`${command} was answered`);
    return response.json();
  }

  /** Puts the engine's clock forward, or back. */
  async advance(seconds: number): Promise<void> {
    await this.ask('/clock/advance', { method: 'POST' }, { seconds: String(seconds) });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    await ended;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGKILL');
    await ended;
  }

  private async ask(path: string, init?: RequestInit, parameters: Record<string, string> = {}): Promise<Response> {
    const url = new URL(path, this.url);
    url.search = new URL(this.url).search;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }
}
