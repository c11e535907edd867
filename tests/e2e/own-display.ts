import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { run } from './colleague.ts';

/** A display without a screen, for its clipboard: nothing else copies there. */
export class OwnDisplay {
  private constructor(
    private readonly server: ChildProcess,
    /** What a program needs to find it. */
    readonly env: { DISPLAY: string },
  ) {}

  static async start(): Promise<OwnDisplay> {
    const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '640x480x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [number] = await once(createInterface(server.stdout!), 'line');
    return new OwnDisplay(server, { DISPLAY: `:${number}` });
  }

  /** The text on the clipboard; empty where nothing is. */
  async clipboard(): Promise<string> {
    return run(['xclip', '-selection', 'clipboard', '-o'], this.env).catch(() => '');
  }

  /** Copies a text there, as another program does. */
  async copy(text: string): Promise<void> {
    await run(['sh', '-c', 'xclip -selection clipboard -in >/dev/null 2>&1'], this.env, text);
  }

  async stop(): Promise<void> {
    const ended = once(this.server, 'exit');
    this.server.kill();
    await ended;
  }
}
