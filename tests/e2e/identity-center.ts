import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@playwright/test';
import type { Access } from './bridge-process.ts';
import { soon } from './soon.ts';

const HOUR = 3600;
const ACCOUNTS = [
  { accountId: '111111111111', accountName: 'production', emailAddress: 'production@example.com' },
  { accountId: '222222222222', accountName: 'staging', emailAddress: 'staging@example.com' },
  { accountId: '333333333333', accountName: 'empty', emailAddress: 'empty@example.com' },
];
const ROLES: Record<string, string[]> = { '111111111111': ['Admin', 'Reader'], '222222222222': ['Reader'], '333333333333': [] };

type Answer = [status: number, body: object];

/** An IAM Identity Center on loopback, and the browser of the person who signs in to it. */
export class IdentityCenter {
  /** What a device code's next questions are answered, before a token. */
  readonly pending: string[] = [];
  /** How often a token was asked for. */
  tokens = 0;
  /** Seconds that the window's clock is ahead of the wall. */
  ahead = 0;
  /** The roles that credentials were given for, in order. */
  readonly granted: string[] = [];
  /** The roles that were taken away from the person. */
  readonly revoked = new Set<string>();
  /** What the credentials of every role open. */
  opens: Access | null = null;
  private challenge = '';
  private redirects: string[] = [];
  private hasEnded = false;
  /** How many pages the person is done with. */
  private gone = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<IdentityCenter> {
    const held: { center?: IdentityCenter } = {};
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      request.on('end', () => {
        const [status, body] = held.center!.answer(request, text ? JSON.parse(text) : {});
        const headers = { 'content-type': 'application/json', 'x-amzn-requestid': 'fake-request-id' };
        response.writeHead(status, headers).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    held.center = new IdentityCenter(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return held.center;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Whether the session has ended, by a sign-out too. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /** The session ends, as when an administrator ends it. */
  end(): void {
    this.hasEnded = true;
  }

  /** The person in the browser allows the client; the answer is the page that they come back to. */
  async allow(home: string): Promise<string> {
    const page = await this.openedPage(home);
    this.challenge = page.searchParams.get('code_challenge')!;
    this.hasEnded = false;
    return this.comeBack(page, { code: 'fake-code' });
  }

  /** The person refuses. */
  async refuse(home: string): Promise<string> {
    return this.comeBack(await this.openedPage(home), { error: 'access_denied' });
  }

  /** Somebody else's answer arrives at the port of the sign-in. */
  async mislead(home: string): Promise<string> {
    const page = await this.openedPage(home);
    page.searchParams.set('state', 'fake-other-state');
    return this.comeBack(page, { code: 'fake-code' });
  }

  /** The page that the browser was to show last, once it is there. */
  private async openedPage(home: string): Promise<URL> {
    const pages = async () => (await readFile(`${home}/pages`, 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);
    await expect.poll(async () => (await pages()).length, soon('a page is opened')).toBeGreaterThan(this.gone);
    const found = await pages();
    const page = new URL(found.at(-1)!);
    expect(page.origin + page.pathname, 'the page of this Identity Center').toBe(`${this.url}/authorize`);
    expect(page.searchParams.get('code_challenge_method')).toBe('S256');
    return page;
  }

  private async comeBack(page: URL, brought: Record<string, string>): Promise<string> {
    const redirect = new URL(page.searchParams.get('redirect_uri')!);
    const registered = new URL(redirect);
    registered.port = '';
    expect(this.redirects, 'any port, nothing else').toContain(registered.href);
    if (page.searchParams.get('state') !== 'fake-other-state') this.gone += 1;
    redirect.search = new URLSearchParams({ ...brought, state: page.searchParams.get('state')! }).toString();
    return (await fetch(redirect)).text();
  }

  private answer(request: IncomingMessage, body: any): Answer {
    const url = new URL(request.url!, this.url);
    const isSignedIn = !this.hasEnded && request.headers['x-amz-sso_bearer_token'] === 'fake-access';
    const account = url.searchParams.get('account_id') ?? '';
    switch (url.pathname) {
      case '/client/register':
        this.redirects = body.redirectUris ?? [];
        return [200, { clientId: 'fake-client', clientSecret: 'fake-client-secret' }];
      case '/device_authorization':
        return [
          200,
          {
            deviceCode: 'fake-device-code',
            userCode: 'ABCD-EFGH',
            expiresIn: 600,
            interval: 5,
            verificationUriComplete: `${this.url}/device?user_code=ABCD-EFGH`,
          },
        ];
      case '/token':
        return this.token(body);
      case '/logout':
        this.hasEnded = true;
        return [200, {}];
    }
    if (!isSignedIn) return refusal(401, 'UnauthorizedException');
    switch (url.pathname) {
      case '/assignment/accounts':
        return [200, { accountList: ACCOUNTS }];
      case '/assignment/roles':
        return [200, { roleList: ROLES[account].map((roleName) => ({ roleName, accountId: account })) }];
      case '/federation/credentials': {
        const role = url.searchParams.get('role_name')!;
        if (this.revoked.has(role)) return refusal(403, 'ForbiddenException');
        this.granted.push(role);
        const expiration = Date.now() + (this.ahead + HOUR) * 1000;
        const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = this.opens!;
        return [200, { roleCredentials: { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? 'fake', expiration } }];
      }
      default:
        return refusal(404, 'ResourceNotFoundException');
    }
  }

  private token(body: any): Answer {
    this.tokens += 1;
    const verified = () => createHash('sha256').update(body.codeVerifier).digest('base64url') === this.challenge;
    const isRight =
      body.grantType === 'authorization_code' ? body.code === 'fake-code' && verified() : body.grantType !== 'refresh_token' || !this.hasEnded;
    const pending = body.deviceCode && this.pending.shift();
    if (pending) return refusal(400, pending);
    if (!isRight) return refusal(400, 'InvalidGrantException');
    return [200, { accessToken: 'fake-access', refreshToken: 'fake-refresh', expiresIn: HOUR, tokenType: 'Bearer' }];
  }
}

function refusal(status: number, code: string): Answer {
  return [status, { __type: code, message: 'refused by the test' }];
}
