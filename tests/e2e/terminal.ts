import { join } from 'node:path';
import { type Access, ROOT } from './bridge-process.ts';
import { run } from './colleague.ts';

/** Types lines into a shell that knows the AWS CLI and a key, and neither an endpoint nor a Region. */
export async function typeLines(access: Access, lines: string): Promise<string> {
  const env = {
    PATH: `${join(ROOT, 'tests/.venv/bin')}:${process.env.PATH}`,
    AWS_ACCESS_KEY_ID: access.access_key_id,
    AWS_SECRET_ACCESS_KEY: access.secret_access_key,
    ...(access.session_token ? { AWS_SESSION_TOKEN: access.session_token } : {}),
  };
  return run(['sh', '-eu'], env, lines);
}
