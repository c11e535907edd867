// The program is killed after each of the requests of a change; the next start finishes it or takes it back.
import { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { Moto, Relay } from './endpoints.ts';
import { expect, test } from './fixtures.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0009', secret_access_key: 'fake', region: 'eu-west-1' };
const LABEL = 'LIVE';

type Stages = Record<string, string[]>;

/** The secret as it was before the change, and the plan of the change. */
interface Prepared {
  arn: string;
  name: string;
  before: Stages;
  plan: string;
}

class Scene {
  bridge!: BridgeProcess;
  scope!: { connection: string; region: string };

  constructor(
    private readonly home: string,
    private readonly colleague: Colleague,
    private readonly relay: Relay,
  ) {}

  async start(): Promise<void> {
    this.bridge = await BridgeProcess.start(this.home, 'memory');
  }

  async connect(): Promise<void> {
    const draft = { ...KEY, name: 'independent', endpoint_url: this.relay.url };
    const { list } = await this.bridge.invoke('save_access_key', { draft });
    const { id } = list.find((connection: { name: string }) => connection.name === 'independent');
    this.scope = { connection: id, region: KEY.region };
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
    const request = { scope: this.scope, secret_id: arn, base_version_id: current, change, put };
    const { of } = await this.bridge.invoke('plan_save', request);
    expect(of.way).toBe(put ? 'put_and_verify' : 'swap');
    return { arn, name, before, plan: of.plan_id };
  }

  put(name: string): Promise<Prepared> {
    return this.save(name, true);
  }

  async rollback(name: string): Promise<Prepared> {
    const { arn, before, old } = await this.secret(name);
    const change = { change: 'rollback', version_id: old, detach_pending: true };
    const preview = await this.bridge.invoke('plan_stages', { scope: this.scope, secret_id: arn, change, keep_under: null });
    return { arn, name, before, plan: preview.plan_id };
  }

  /** Takes the way out, or the other one where that one leads nowhere. */
  async recover(name: string, wanted: 'finish' | 'withdraw'): Promise<void> {
    const refusals: string[] = [];
    for (const entry of await this.unfinished()) {
      for (const wayOut of [wanted, 'finish', 'withdraw']) {
        const change = { change: 'recover', entry_id: entry.entry_id, way_out: wayOut };
        const request = { scope: this.scope, secret_id: entry.secret_id, change, keep_under: null };
        const preview = await this.bridge.invoke('plan_stages', request).catch((error) => void refusals.push(`${wayOut}: ${error}`));
        if (!preview) continue;
        const word = { plan_id: preview.plan_id, typed_name: name, acknowledged: true };
        const { outcome } = await this.bridge.invoke('apply_plan', word);
        expect(outcome.outcome, name).toBe('done');
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

/** How many requests each change has, at least. */
const REQUESTS = { save: 12, put: 3, rollback: 4 };

for (const change of ['save', 'put', 'rollback'] as const) {
  test(`a ${change} whose program is killed after any request is finished or taken back at the next start`, async ({}, testInfo) => {
    test.setTimeout(300_000);
    const moto = await Moto.start();
    const relay = await Relay.start(moto.url);
    const scene = new Scene(testInfo.outputPath('home'), new Colleague({ ...KEY, endpoint: moto.url }), relay);
    await scene.start();
    await scene.connect();
    let kills = 0;
    for (let after = 0, isWhole = false; !isWhole; after += 1) {
      const name = `${change}-${after}`;
      const prepared = await scene[change](name);
      relay.cutAfter = after;
      const [command, word] =
        change === 'rollback'
          ? ['apply_plan', { plan_id: prepared.plan, typed_name: name, acknowledged: true }]
          : ['apply_save', { plan_id: prepared.plan, typed_name: null }];
      const applied = scene.bridge.invoke(command, word).then(() => 'whole', () => 'killed');
      await expect.poll(async () => relay.hasCut || (await Promise.race([applied, null])) === 'whole').toBe(true);
      isWhole = !relay.hasCut;
      if (!isWhole) {
        await scene.bridge.kill();
        expect(await applied).toBe('killed');
        kills += 1;
        relay.fix();
        await scene.start();
        await scene.recover(name, after % 2 ? 'finish' : 'withdraw');
      }
      await scene.check(prepared, change === 'rollback' ? 'fake-old' : 'fake-new');
    }
    expect(kills, 'every request of the change was the last one once').toBeGreaterThan(REQUESTS[change]);
    await scene.bridge.stop();
    await relay.stop();
    await moto.stop();
  });
}

test('a description whose program is killed after any request is the old or the new one, and the next start tells of it', async ({}, testInfo) => {
  test.setTimeout(300_000);
  const moto = await Moto.start();
  const relay = await Relay.start(moto.url);
  const colleague = new Colleague({ ...KEY, endpoint: moto.url });
  const scene = new Scene(testInfo.outputPath('home'), colleague, relay);
  await scene.start();
  await scene.connect();
  let [kills, told] = [0, 0];
  for (let after = 0, isWhole = false; !isWhole; after += 1) {
    const name = `description-${after}`;
    const { arn } = await scene.secret(name, true);
    const change = { kind: 'description', description: 'fake new words' };
    const plan = await scene.bridge.invoke('plan_changes', { scope: scene.scope, changes: [{ secret_id: arn, change }] });
    relay.cutAfter = after;
    const saved = scene.bridge.invoke('apply_changes', { plan_id: plan.plan_id, typed: null, is_reviewed: false }).then(() => 'whole', () => 'killed');
    await expect.poll(async () => relay.hasCut || (await Promise.race([saved, null])) === 'whole').toBe(true);
    isWhole = !relay.hasCut;
    if (!isWhole) {
      await scene.bridge.kill();
      expect(await saved).toBe('killed');
      kills += 1;
      relay.fix();
      await scene.start();
    }
    const { Description: words } = await colleague.aws('describe-secret', '--secret-id', arn);
    const left = await scene.unfinished();
    expect([undefined, 'fake new words'], name).toContain(words || undefined);
    if (isWhole) expect([words, left]).toEqual(['fake new words', []]);
    for (const entry of left) {
      expect([entry.secret_name, entry.operation]).toEqual([name, 'save_description']);
      told += 1;
      // It makes no version: there is nothing to finish or to withdraw, and the secret shows its outcome.
      const change = { change: 'recover', entry_id: entry.entry_id, way_out: 'finish' };
      const refused = await scene.bridge.refused('plan_stages', { scope: scene.scope, secret_id: arn, change, keep_under: null });
      expect(refused.message).toContain("Check the secret's current state");
      expect(refused.message.startsWith('The change was applied.')).toBe(words === 'fake new words');
    }
    expect(await scene.unfinished(), name).toEqual([]);
  }
  expect(kills, 'every request was the last one once').toBeGreaterThan(2);
  expect(told, 'what was sent and not answered is told').toBeGreaterThan(0);
  await scene.bridge.stop();
  await relay.stop();
  await moto.stop();
});
