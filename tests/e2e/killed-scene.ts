import { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { type Asked, Moto, Relay } from './endpoints.ts';
import { expect } from './fixtures.ts';
import { SOON } from './soon.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0009', secret_access_key: 'fake', region: 'eu-west-1' };
const LABEL = 'LIVE';

type Stages = Record<string, string[]>;

/** The secret as it was before the change, and the plan of the change. */
export interface Prepared {
  arn: string;
  name: string;
  before: Stages;
  plan: string;
}

/** The program between a person and moto, who is asked through a relay: killed after any request, and started again. */
export class Scene {
  bridge!: BridgeProcess;
  scope!: { connection: string; region: string };

  private constructor(
    private readonly home: string,
    private readonly moto: Moto,
    readonly relay: Relay,
    readonly colleague: Colleague,
  ) {}

  static async open(home: string): Promise<Scene> {
    const moto = await Moto.start();
    const colleague = new Colleague({ ...KEY, endpoint: moto.url });
    const scene = new Scene(home, moto, await Relay.start(moto.url), colleague);
    await scene.start();
    const draft = { ...KEY, name: 'independent', endpoint_url: scene.relay.url };
    const { list } = await scene.bridge.invoke('save_access_key', { draft });
    const { id } = list.find((connection: { name: string }) => connection.name === 'independent');
    scene.scope = { connection: id, region: KEY.region };
    return scene;
  }

  async close(): Promise<void> {
    await this.bridge.stop();
    await this.relay.stop();
    await this.moto.stop();
  }

  private async start(): Promise<void> {
    this.bridge = await BridgeProcess.start(this.home, 'memory');
  }

  /**
   * Calls a command, kills the program once an answer is lost and it `stands still`, and starts it again; answers with
   * the requests that got no answer. There are none if the command came to its end.
   */
  async killIn(command: string, request: object, standsStill = () => true): Promise<Asked[]> {
    const { relay } = this;
    const applied = this.bridge.invoke(command, request).then(() => 'whole', () => 'killed');
    const isCut = () => relay.hasCut && standsStill();
    await expect.poll(async () => isCut() || (await Promise.race([applied, null])) === 'whole', SOON).toBe(true);
    const { lost } = relay;
    if (lost.length > 0) {
      await this.bridge.kill();
      expect(await applied).toBe('killed');
    }
    relay.fix();
    if (lost.length > 0) await this.start();
    return lost;
  }

  /** The words in which the outcome of an entry is told, where there is nothing to finish or to withdraw. */
  async lookUp(entry: { entry_id: string; secret_id: string }): Promise<string> {
    const change = { change: 'recover', entry_id: entry.entry_id, way_out: 'finish' };
    return (await this.bridge.refused('plan_changes', this.move(entry.secret_id, change))).message;
  }

  /** A secret of two values; a label of somebody else's beside AWSCURRENT, and AWSPENDING too unless it `rests`. */
  async secret(name: string, rests = false): Promise<{ arn: string; before: Stages; old: string; current: string }> {
    const [{ ARN: arn, VersionId: old }] = await this.colleague.create({ name, value: 'fake-old' });
    const { VersionId: current } = await this.colleague.aws('put-secret-value', '--secret-id', arn, '--secret-string', 'fake-current');
    for (const label of rests ? [LABEL] : [LABEL, 'AWSPENDING']) {
      await this.colleague.aws('update-secret-version-stage', '--secret-id', arn, '--version-stage', label, '--move-to-version-id', current);
    }
    return { arn, before: await this.stages(arn), old, current };
  }

  async save(name: string, put = false): Promise<Prepared> {
    const { arn, before, current } = await this.secret(name, put);
    const change = { change: 'text', with: 'fake-new' };
    const version = { base_version_id: current, change, put };
    const { plan_id, items } = await this.bridge.invoke('plan_changes', this.plan(arn, { save_value: version }));
    expect(items[0].planned.way).toBe(put ? 'put_and_verify' : 'swap');
    return { arn, name, before, plan: plan_id };
  }

  /** The request for a plan of one secret. */
  plan(secretId: string, change: object): object {
    return { scope: this.scope, changes: [{ secret_id: secretId, change }] };
  }

  private move(secretId: string, change: object): object {
    return this.plan(secretId, { move_labels: { change, keep_under: null } });
  }

  put(name: string): Promise<Prepared> {
    return this.save(name, true);
  }

  async rollback(name: string): Promise<Prepared> {
    const { arn, before, old } = await this.secret(name);
    const change = { change: 'rollback', version_id: old, detach_pending: true };
    const { plan_id } = await this.bridge.invoke('plan_changes', this.move(arn, change));
    return { arn, name, before, plan: plan_id };
  }

  /** Takes the way out, or the other one where that one leads nowhere. */
  async recover(name: string, wanted: 'finish' | 'withdraw'): Promise<void> {
    const refusals: string[] = [];
    for (const entry of await this.unfinished()) {
      for (const wayOut of [wanted, 'finish', 'withdraw']) {
        const change = { change: 'recover', entry_id: entry.entry_id, way_out: wayOut };
        const request = this.move(entry.secret_id, change);
        const review = await this.bridge.invoke('plan_changes', request).catch((error) => void refusals.push(`${wayOut}: ${error}`));
        if (!review) continue;
        const word = { plan_id: review.plan_id, typed: name, acknowledged: true, is_reviewed: true };
        const { items } = await this.bridge.invoke('apply_changes', word);
        expect(items[0].outcome.outcome, name).toBe('done');
        break;
      }
    }
    expect(await this.unfinished(), `${name}: ${refusals.join('; ')}`).toEqual([]);
  }

  /** Nothing is lost, and nothing is left half-done. */
  async check({ arn, name, before }: Prepared, value: string): Promise<void> {
    const now = await this.stages(arn);
    const [was, is] = [before, now].map((stages) => holder(stages, 'AWSCURRENT')!);
    // Without a version moto answers with the one that was put last, wherever AWSCURRENT is.
    const { SecretString: text } = await this.colleague.aws('get-secret-value', '--secret-id', arn, '--version-id', is);
    expect(text, name).toBe(was === is ? 'fake-current' : value);
    expect(holder(now, LABEL), `${name}: a label of somebody else's stays`).toBe(was);
    expect(Object.values(now).flat().filter((label) => label.startsWith('latchkey-')), name).toEqual([]);
    const pending = holder(now, 'AWSPENDING');
    expect(pending === undefined || pending === is, `${name}: AWSPENDING would block rotation`).toBe(true);
    if (was !== is) expect(holder(now, 'AWSPREVIOUS'), name).toBe(was);
  }

  async unfinished(): Promise<any[]> {
    const request = { text: '', secret_id: null, unfinished_only: true, offset: 0, limit: 10 };
    const { entries, problems } = await this.bridge.invoke('search_journal', request);
    expect(problems, 'the journal can be read').toEqual([]);
    return entries;
  }

  private async stages(arn: string): Promise<Stages> {
    return (await this.colleague.aws('describe-secret', '--secret-id', arn)).VersionIdsToStages;
  }
}

function holder(stages: Stages, label: string): string | undefined {
  return Object.keys(stages).find((id) => stages[id].includes(label));
}
