import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, request as send, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { type Access, ROOT, TARGET } from './bridge-process.ts';

/** Runs moto until nobody holds its standard input any more. */
const MOTO = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main()
`;

/** An independent Secrets Manager: the server of moto. */
export class Moto {
  private static idle: Moto | null = null;

  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /** An empty one: what an earlier test of this worker gave back, because to start one takes seconds. */
  static async start(): Promise<Moto> {
    const { idle } = Moto;
    Moto.idle = null;
    return idle ?? Moto.startAt(await freePort());
  }

  /** A new one on this port. */
  static async startAt(port: number): Promise<Moto> {
    const words = ['-c', MOTO, '-H', '127.0.0.1', '-p', String(port)];
    const child = spawn(join(ROOT, 'tests/.venv/bin/python'), words, {
      env: { ...process.env, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const moto = new Moto(child, `http://127.0.0.1:${port}`);
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`moto ended with ${code}`)));
    await Promise.race([answers(moto.url), ended]);
    // It ends with the worker, which does not wait for it.
    child.unref();
    (child.stdin as Socket).unref();
    return moto;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Gives the account of an access key without any an alias. */
  async nameAccount(alias: string): Promise<void> {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIAFAKE/20261121/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=fake';
    const body = new URLSearchParams({ Action: 'CreateAccountAlias', Version: '2010-05-08', AccountAlias: alias });
    const answer = await fetch(this.url, { method: 'POST', headers: { authorization }, body });
    if (!answer.ok) throw new Error(`moto took no alias: ${answer.status}`);
  }

  /** Gives it back, emptied, to whoever starts one next; one that was killed is gone. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const answer = await fetch(`${this.url}/moto-api/reset`, { method: 'POST' });
    if (!answer.ok || Moto.idle) await this.kill();
    else Moto.idle = this;
  }

  /** Ends it: nobody answers at its port any more. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }

  private get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }
}

/** A vault by itself, which accepts one access key and looks at every signature. */
export class VaultProcess {
  private constructor(
    private readonly process: ChildProcess,
    readonly access: Access,
  ) {}

  static async start(): Promise<VaultProcess> {
    const child = spawn(join(TARGET, 'debug/latchkey-vault'), ['serve', '--in-memory'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = await once(createInterface(child.stdout!), 'line');
    return new VaultProcess(child, JSON.parse(line));
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

/** What an endpoint answers to an operation: JSON, words of a denial, or the code of another error without `Exception`. */
export type Answer = { json: object } | { denied: string } | { refused: string };

/** An endpoint with scripted responses, for identities with limited permissions. */
export class Endpoint {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(answer: (operation: string, request: any) => Answer | Promise<Answer>): Promise<Endpoint> {
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      request.on('end', async () => {
        const operation = String(request.headers['x-amz-target'] ?? 'sts.GetCallerIdentity').split('.')[1];
        const isSts = operation === 'GetCallerIdentity';
        const found = await answer(operation, isSts ? {} : JSON.parse(text));
        const [status, body] = 'json' in found ? [200, JSON.stringify(found.json)] : [isSts ? 403 : 400, 'denied' in found ? refusal(isSts, 'AccessDenied', found.denied) : refusal(isSts, found.refused, 'Refused.')];
        const type = isSts ? 'text/xml' : 'application/x-amz-json-1.1';
        response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'fake-request-id' }).end(body);
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new Endpoint(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

/** A request that came. */
export interface Asked {
  operation: string;
  secretId?: string;
  /** Whether it gets no answer. */
  isLost: boolean;
  /** Whether it was carried out. */
  isDone: boolean;
}

/** A relay between a client and an endpoint until it is cut: then requests are carried out, but their responses are lost. */
export class Relay {
  /** The operation whose answer, and every later one, is lost. */
  cutAt: string | null = null;
  /** How many answers, of `cutAt` or else of any operation, still come before one, and every later one, is lost. */
  cutAfter: number | null = null;
  /** The operation that this identity may not do. */
  denied: string | null = null;
  /** Runs once before the next such operation arrives. */
  meanwhile: { operation: string; act: () => Promise<unknown> } | null = null;
  /** The requests that have come, in their order. Of those that get no answer only the first one is carried out. */
  asked: Asked[] = [];
  private isCut = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<Relay> {
    const relay: { made?: Relay } = {};
    const server = createServer(async (request, response) => {
      const made = relay.made!;
      const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
      // Whole, so that it arrives even if who sent it is gone by then; null if they were gone before.
      const body = await buffer(request).catch(() => null);
      if (!body) return;
      const secretId = operation && JSON.parse(body.toString()).SecretId;
      const asked = { operation, secretId, isLost: made.isCut, isDone: false };
      made.asked.push(asked);
      if (asked.isLost) return;
      if (operation === made.denied) {
        const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'fake-request-id' };
        return void response.writeHead(400, headers).end(refusal(false, 'AccessDenied', 'Not you.'));
      }
      if (made.meanwhile && made.meanwhile.operation === operation) {
        const { act } = made.meanwhile;
        made.meanwhile = null;
        await act();
      }
      made.count(operation);
      asked.isLost = made.isCut;
      const forwarded = send(target + request.url, { method: request.method, headers: request.headers }, (answer) => {
        answer.once('end', () => (asked.isDone = true));
        if (asked.isLost) return void answer.resume();
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      forwarded.end(body);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    relay.made = new Relay(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return relay.made;
  }

  /** Whether an answer was lost: what was asked for is done by then. */
  get hasCut(): boolean {
    return this.lost[0]?.isDone ?? false;
  }

  /** The requests that get no answer. */
  get lost(): Asked[] {
    return this.asked.filter((asked) => asked.isLost);
  }

  /** Cuts at this request, or counts it. */
  private count(operation: string): void {
    const counts = this.cutAt === null ? this.cutAfter !== null : operation === this.cutAt;
    if (!counts) return;
    this.isCut = !this.cutAfter;
    if (this.cutAfter) this.cutAfter -= 1;
  }

  /** Answers again. */
  fix(): void {
    this.cutAt = null;
    this.cutAfter = null;
    this.isCut = false;
    this.asked = [];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

function refusal(isSts: boolean, code: string, message: string): string {
  return isSts
    ? `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    : JSON.stringify({ __type: `${code}Exception`, Message: message });
}

/** A port where nobody listens. */
export async function freePort(): Promise<number> {
  const socket = createSocket();
  // Below those that systems give to whoever asks for any: another program of a test would take it meanwhile.
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  const isFree = await new Promise<boolean>((told) => {
    socket.once('error', () => told(false));
    socket.listen(port, '127.0.0.1', () => told(true));
  });
  if (!isFree) return freePort();
  await new Promise((done) => socket.close(done));
  return port;
}

/** Waits until somebody answers there. */
export async function answers(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await fetch(url).then(() => true, () => false))) {
    if (Date.now() > deadline) throw new Error(`nobody answers at ${url}`);
    await new Promise((again) => setTimeout(again, 20));
  }
}
