import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { run } from './colleague.ts';
import { soon } from './soon.ts';

/** A bus that starts no program by itself: who is not there is missed, and no window asks for a password. */
const LONE_BUS = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;

const SECRETS = 'org.freedesktop.secrets';
const LOGIN = '/org/freedesktop/secrets/collection/login';

/** A session bus with a keyring of its own, so that one test can wrap, lock or end it without touching the others. */
export class OwnKeyring {
  private daemon: ChildProcess | null = null;

  private constructor(
    private readonly bus: ChildProcess,
    private readonly runtime: string,
    /** What a program needs to find it. */
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** The bus with an unlocked keyring on it. */
  static async start(folder: string, env: NodeJS.ProcessEnv = {}): Promise<OwnKeyring> {
    const keyring = await OwnKeyring.onBus(folder, ['--session'], env);
    await keyring.resume();
    return keyring;
  }

  /** The bus of a system without a Secret Service; `resume` starts one on it. */
  static async missing(folder: string): Promise<OwnKeyring> {
    await mkdir(folder, { recursive: true });
    const config = join(folder, 'bus.conf');
    await writeFile(config, LONE_BUS);
    return OwnKeyring.onBus(folder, [`--config-file=${config}`], {});
  }

  private static async onBus(folder: string, kind: string[], more: NodeJS.ProcessEnv): Promise<OwnKeyring> {
    await mkdir(folder, { recursive: true });
    // The path of a socket may not be long.
    const runtime = await mkdtemp(join(tmpdir(), 'keyring-'));
    const env = { ...more, XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: runtime };
    const bus = spawn('dbus-daemon', [...kind, '--nofork', '--print-address'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [address] = await once(createInterface(bus.stdout!), 'line');
    return new OwnKeyring(bus, runtime, { ...env, DBUS_SESSION_BUS_ADDRESS: address });
  }

  /** Starts the keyring, or starts it again, unlocked and with what it kept. */
  async resume(): Promise<void> {
    await this.kill();
    this.daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { ...process.env, ...this.env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // An empty line is the password of the login keyring; without one, no keyring is made.
    this.daemon.stdin!.end('\n');
    await expect.poll(() => this.isUnlocked(), soon('the keyring answers')).toBe(true);
  }

  /** Locks it, as its own program does. */
  async lock(): Promise<void> {
    await this.call('/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock', `array:objpath:${LOGIN}`);
    expect(await this.isUnlocked()).toBe(false);
  }

  /** Every item of the console: its label, its attributes and what it holds. Fails if the keyring has others. */
  async items(): Promise<string> {
    return keyringItems(this.env);
  }

  /** Adds an item as the console would. */
  async plant(account: string, content: string | Buffer): Promise<void> {
    await run(['secret-tool', 'store', '--label', account, 'service', 'latchkey', 'username', account], this.env, content);
  }

  /** The accounts of all items of the console. */
  async accounts(): Promise<string[]> {
    return [...(await this.items()).matchAll(/^attribute\.username = (.*)$/gm)].map((found) => found[1]);
  }

  /** Deletes an item, as any program of the session can. */
  async remove(account: string): Promise<void> {
    await run(['secret-tool', 'clear', 'service', 'latchkey', 'username', account], this.env);
  }

  /** Tells the session that its screen is locked, as a desktop does. */
  async tellScreenLocked(): Promise<void> {
    const signal = ['/org/gnome/ScreenSaver', 'org.gnome.ScreenSaver.ActiveChanged', 'boolean:true'];
    await run(['dbus-send', '--session', '--type=signal', ...signal], this.env);
  }

  /** Ends the keyring as a crash would; the bus stays. */
  async kill(): Promise<void> {
    const { daemon } = this;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    const ended = once(this.bus, 'exit');
    this.bus.kill();
    await ended;
    await rm(this.runtime, { recursive: true, force: true });
  }

  private async call(path: string, method: string, ...words: string[]): Promise<string> {
    return run(['dbus-send', '--session', '--print-reply', `--dest=${SECRETS}`, path, method, ...words], this.env);
  }

  private async isUnlocked(): Promise<boolean> {
    // To ask the keyring before it is there would start another one.
    const bus = ['dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
    const isThere = await run([...bus, 'org.freedesktop.DBus.NameHasOwner', `string:${SECRETS}`], this.env);
    if (!isThere.includes('boolean true')) return false;
    const name = ['string:org.freedesktop.Secret.Collection', 'string:Locked'];
    const answer = await this.call(LOGIN, 'org.freedesktop.DBus.Properties.Get', ...name).catch(() => '');
    return answer.includes('boolean false');
  }
}

/** What the console keeps in the keyring of a session: labels, attributes and contents. Fails if it holds other items. */
export async function keyringItems(env: NodeJS.ProcessEnv): Promise<string> {
  const get = ['--method', 'org.freedesktop.DBus.Properties.Get', 'org.freedesktop.Secret.Collection', 'Items'];
  let found = '';
  const unread = async () => {
    const listed = await run(['gdbus', 'call', '--session', '--dest', SECRETS, '--object-path', LOGIN, ...get], env);
    const there = listed.match(/\/collection\/login\/\d+/g)?.length ?? 0;
    found = await run(['sh', '-c', 'secret-tool search --all --unlock service latchkey 2>&1'], env);
    return there - (found.match(/^secret = /gm)?.length ?? 0);
  };
  // An item that is forgotten between the two looks is in the first one only.
  await expect.poll(unread, soon('every item is looked into')).toBe(0);
  return found;
}
