import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Access, ROOT } from './bridge-process.ts';

const BIN = join(ROOT, 'tests/.venv/bin');

/** No settings of a person. */
const NO_SETTINGS = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

/** A secret as a test writes it. */
export interface Written {
  name: string;
  value?: string | Buffer | object;
  description?: string;
  tags?: Record<string, string>;
}

/** Another user of the same secrets, with AWS's clients. */
export class Colleague {
  constructor(private readonly access: Access) {}

  /** Runs `aws secretsmanager ...` and answers what it prints as JSON. */
  async aws(...words: string[]): Promise<any> {
    const { code, out, log } = await this.ask({ aws: ['secretsmanager', '--output', 'json', ...words] });
    if (code !== 0) throw new Error(`aws ended with ${code}: ${log}`);
    return out.trim() ? JSON.parse(out) : {};
  }

  /** Creates secrets, in this order. */
  async create(...secrets: Written[]): Promise<{ ARN: string; VersionId: string }[]> {
    return this.call(...secrets.map((secret): [string, object] => ['create_secret', request(secret)]));
  }

  /** Calls operations of boto3, in this order. */
  async call(...operations: [string, object][]): Promise<any[]> {
    return (await this.ask({ operations })).answers;
  }

  private async ask(request: object): Promise<any> {
    clients ??= startClients();
    const socket = connect(await clients);
    socket.end(JSON.stringify({ ...request, env: this.environment() }));
    const answer = JSON.parse(await text(socket));
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  private environment(): NodeJS.ProcessEnv {
    const { endpoint, region, access_key_id, secret_access_key, session_token } = this.access;
    return {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: access_key_id,
      AWS_SECRET_ACCESS_KEY: secret_access_key,
      ...(session_token ? { AWS_SESSION_TOKEN: session_token } : {}),
    };
  }
}

/** The socket of the loaded clients: one process for each worker, which ends with it. */
let clients: Promise<string> | undefined;

async function startClients(): Promise<string> {
  const socket = join(await mkdtemp(join(tmpdir(), 'colleague-')), 'socket');
  const child = spawn(join(BIN, 'python'), [join(import.meta.dirname, 'colleague.py'), socket], {
    env: { ...process.env, ...NO_SETTINGS },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the clients of AWS ended with ${code}`)));
  await Promise.race([once(child.stdout, 'data'), ended]);
  return socket;
}

function request({ name, value = 'fake', description, tags }: Written): object {
  const wire =
    value instanceof Buffer
      ? { SecretBinary: value.toString('base64') }
      : { SecretString: typeof value === 'string' ? value : JSON.stringify(value) };
  return {
    Name: name,
    ...wire,
    ...(description ? { Description: description } : {}),
    ...(tags ? { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } : {}),
  };
}

/** Runs a program that reads no settings of a person; answers its standard output. */
export async function run(words: string[], env: NodeJS.ProcessEnv, input: string | Buffer = ''): Promise<string> {
  const child = spawn(words[0], words.slice(1), {
    env: { ...process.env, ...NO_SETTINGS, ...env },
  });
  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (log += chunk));
  // A program that ends without reading its input (`xclip -o`) closes the pipe; its exit code says how it went.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise((done, refuse) => child.once('error', refuse).once('close', done));
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}: ${log}`);
  return out;
}
