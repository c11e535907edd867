import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TARGET } from './bridge-process.ts';

/** `latchkey-vault serve`, as a person starts it beside the console; without a terminal. */
export class VaultProgram {
  private constructor(
    private readonly child: ChildProcess,
    readonly ready: unknown,
  ) {}

  /** Fails with what the program says if it ends instead. */
  static async start(env: NodeJS.ProcessEnv, more: string[]): Promise<VaultProgram> {
    const child = spawn(join(TARGET, 'debug/latchkey-vault'), ['serve', ...more], {
      env: { ...process.env, ...env },
      // A session of its own has no terminal that could be asked.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { out: '', told: '' };
    child.stderr.on('data', (chunk) => (written.told += chunk));
    const line = new Promise<string>((ready, refuse) => {
      child.stdout.on('data', (chunk) => {
        written.out += chunk;
        if (written.out.includes('\n')) ready(written.out);
      });
      child.once('close', (code) => refuse(new Error(`ended with ${code}: ${written.told}`)));
    });
    return new VaultProgram(child, JSON.parse(await line));
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.kill('SIGTERM');
    await ended;
  }
}
