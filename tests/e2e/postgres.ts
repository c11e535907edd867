import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const INSTALLED = '/usr/lib/postgresql';
const OWNER = { username: 'owner', password: 'fake-owner-password' };

/** A PostgreSQL of its own for a test: Debian's programs, a private port and data folder, as the user `postgres`. */
export class Postgres {
  private server?: ChildProcess;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(): Promise<Postgres> {
    // Not below the home of the test: the user `postgres` may not look into it.
    const folder = mkdtempSync('/tmp/latchkey-postgres-');
    const user = asPostgres();
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, OWNER.password);
    if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
    const words = ['-D', join(folder, 'data'), '-U', OWNER.username, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    execFileSync(program('initdb'), [...words, '--no-sync', '--encoding=UTF8', '--locale=C'], { ...user, cwd: folder });
    const postgres = new Postgres(folder, await freePort());
    await postgres.up();
    return postgres;
  }

  /** Starts the server and waits until it takes connections. */
  async up(): Promise<void> {
    const settings = [`port=${this.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const words = ['-D', join(this.folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
    const server = spawn(program('postgres'), words, {
      ...asPostgres(),
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.server = server;
    let log = '';
    await new Promise<void>((ready, refuse) => {
      server.stderr.on('data', (chunk) => {
        log += chunk;
        if (log.includes('ready to accept connections')) ready();
      });
      server.once('error', refuse);
      server.once('exit', (code) => refuse(new Error(`PostgreSQL ended with ${code}:\n${log}`)));
    });
  }

  /** Ends the server; connections are broken off. */
  async down(): Promise<void> {
    const server = this.server;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGINT');
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }

  createUser(username: string, password: string): void {
    this.ask(OWNER.username, OWNER.password, `CREATE USER "${username}" PASSWORD '${password}'`);
  }

  /** Whether the user gets in with this password. */
  takes(username: string, password: string): boolean {
    try {
      return this.ask(username, password, 'SELECT current_user').trim() === username;
    } catch (error) {
      if (String((error as { stderr?: Buffer }).stderr).includes('password authentication failed')) return false;
      throw error;
    }
  }

  private ask(username: string, password: string, query: string): string {
    const words = ['-h', '127.0.0.1', '-p', String(this.port), '-U', username, '-d', 'postgres', '-AtXc', query];
    const env = { ...process.env, PGPASSWORD: password };
    return execFileSync(program('psql'), words, { env, stdio: 'pipe', encoding: 'utf8' });
  }
}

function program(name: string): string {
  const versions = readdirSync(INSTALLED).sort((one, other) => Number(one) - Number(other));
  return join(INSTALLED, versions.at(-1) ?? '', 'bin', name);
}

/** PostgreSQL refuses to run as root. */
function asPostgres(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (!address || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
