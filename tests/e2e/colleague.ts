import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Access, ROOT } from './bridge-process.ts';

const BIN = join(ROOT, 'tests/.venv/bin');

/** A secret as a test writes it. */
export interface Written {
  name: string;
  value?: string | Buffer | object;
  description?: string;
  tags?: Record<string, string>;
}

/** Somebody else at work on the same secrets, with the clients of AWS. */
export class Colleague {
  constructor(private readonly access: Access) {}

  /** Runs `aws secretsmanager ...` and answers what it prints as JSON. */
  async aws(...words: string[]): Promise<any> {
    const text = await run([join(BIN, 'aws'), 'secretsmanager', '--output', 'json', ...words], this.environment());
    return text.trim() ? JSON.parse(text) : {};
  }

  /** Creates secrets, in this order. */
  async create(...secrets: Written[]): Promise<{ ARN: string; VersionId: string }[]> {
    return this.call(...secrets.map((secret): [string, object] => ['create_secret', request(secret)]));
  }

  /** Calls operations of boto3, in this order. */
  async call(...operations: [string, object][]): Promise<any[]> {
    const words = [join(BIN, 'python'), join(import.meta.dirname, 'colleague.py')];
    return JSON.parse(await run(words, this.environment(), JSON.stringify(operations)));
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
    env: { ...process.env, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', ...env },
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
