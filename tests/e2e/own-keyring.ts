import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { run } from './colleague.ts';

/** A session bus with a keyring of its own, so that one test can wrap, lock or end it without touching the others. */
export class OwnKeyring {
  private constructor(
    private readonly bus: ChildProcess,
    private readonly daemon: ChildProcess,
    /** What a program needs to find it. */
    readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start(folder: string): Promise<OwnKeyring> {
    await mkdir(join(folder, 'run'), { recursive: true, mode: 0o700 });
    const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [address] = await once(createInterface(bus.stdout!), 'line');
    const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') };
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // An empty line is the password of the login keyring; without one, no keyring is made.
    daemon.stdin!.end('\n');
    await expect.poll(() => serves(env), { message: 'the keyring answers' }).toBe(true);
    return new OwnKeyring(bus, daemon, env);
  }

  /** Ends the keyring as a crash would; the bus stays. */
  async kill(): Promise<void> {
    if (this.daemon.exitCode !== null || this.daemon.signalCode !== null) return;
    const ended = once(this.daemon, 'exit');
    this.daemon.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    const ended = once(this.bus, 'exit');
    this.bus.kill();
    await ended;
  }
}

/** Whether the keyring is on its bus. To ask itself would start another one. */
async function serves(env: NodeJS.ProcessEnv): Promise<boolean> {
  const call = ['dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const asked = run([...call, 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'], env);
  return (await asked).includes('boolean true');
}
