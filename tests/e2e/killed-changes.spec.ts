// The program is killed after each of the requests of a change that makes no second version and moves no label: the
// secret is the old one, the new one or one in between, and the next start tells which.
import { expect, test } from './fixtures.ts';
import { Scene } from './killed-scene.ts';

/** What a colleague sees of a secret; null where there is none. */
type Seen = { description: string; tags: Record<string, string>; value: string } | null;

/** How a change goes on its way. */
interface Way {
  operation: string;
  /** Its requests that write, in their order. */
  writes: string[];
  /** The secret before the first of them, and after each. */
  states: Seen[];
  /** None for a creation. */
  change?: object;
}

const NEW_WORDS = 'fake new words';
const OLD = { description: 'fake old words', tags: { stays: 'fake', goes: 'fake', turns: 'fake-old' }, value: 'fake' };
const TAGS = { stays: 'fake', turns: 'fake-new', comes: 'fake' };

const WAYS: Record<string, Way> = {
  'change of a description': {
    operation: 'save_description',
    writes: ['UpdateSecret'],
    states: [OLD, { ...OLD, description: NEW_WORDS }],
    change: { kind: 'description', description: NEW_WORDS },
  },
  'change of tags': {
    operation: 'save_tags',
    writes: ['UntagResource', 'TagResource'],
    states: [OLD, { ...OLD, tags: { stays: 'fake', turns: 'fake-old' } }, { ...OLD, tags: TAGS }],
    change: { kind: 'tags', tags: tagsOf(TAGS) },
  },
  creation: {
    operation: 'create_secret',
    writes: ['CreateSecret'],
    states: [null, { description: NEW_WORDS, tags: TAGS, value: 'fake-new' }],
  },
};

function tagsOf(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** What tells the outcome. */
const WORDS = {
  new: /^The change was applied\. /,
  old: /^The change was not applied\. /,
  between: /^The secret matches neither its earlier state nor this change: part of it was applied/,
};

/** The command that applies a change of this secret, and its request. */
async function planned(scene: Scene, name: string, { change, states }: Way): Promise<[string, object]> {
  if (!change) {
    const { description, tags, value } = states.at(-1)!;
    const create = { description, kms_key_id: null, value: { kind: 'text', value }, tags: tagsOf(tags) };
    const { plan_id } = await scene.bridge.invoke('plan_changes', scene.plan(name, { create }));
    return ['apply_changes', { plan_id, typed: null, is_reviewed: true }];
  }
  await scene.colleague.create({ name, ...OLD });
  const { plan_id } = await scene.bridge.invoke('plan_changes', scene.plan(name, { plain: { change } }));
  return ['apply_changes', { plan_id, typed: null, is_reviewed: true }];
}

async function look(scene: Scene, name: string): Promise<Seen> {
  const [{ SecretList: found }] = await scene.colleague.call(['list_secrets', { Filters: [{ Key: 'name', Values: [name] }] }]);
  const secret = found.find((secret: { Name: string }) => secret.Name === name);
  if (!secret) return null;
  const [{ SecretString: value }] = await scene.colleague.call(['get_secret_value', { SecretId: name }]);
  const tags = Object.fromEntries(secret.Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
  return { description: secret.Description, tags, value };
}

for (const [kind, way] of Object.entries(WAYS)) {
  const { writes, states, operation } = way;
  test(`a ${kind} whose program is killed after any request is told at the next start as it is`, async ({}, testInfo) => {
    test.setTimeout(300_000);
    const scene = await Scene.open(testInfo.outputPath('home'));
    const last: string[] = [];
    for (let after = 0, isWhole = false; !isWhole; after += 1) {
      const name = `${operation}-${after}`;
      const [command, request] = await planned(scene, name, way);
      scene.relay.cutAfter = after;
      const [lost] = await scene.killIn(command, request);
      isWhole = !lost;
      if (lost) last.push(lost.operation);
      const seen = await look(scene, name);
      const open = await scene.unfinished();
      const written = writes.indexOf(lost?.operation) + 1;
      if (written > 0) {
        expect(seen, `${name}: what was sent was carried out`).toEqual(states[written]);
        expect(open, `${name}: what was sent and not answered is told`).toMatchObject([{ secret_name: name, operation }]);
        expect(await scene.lookUp(open[0])).toMatch(written === writes.length ? WORDS.new : WORDS.between);
        expect(await scene.unfinished(), name).toEqual([]);
      } else {
        expect(isWhole ? [states.at(-1)] : [states[0], states.at(-1)], name).toContainEqual(seen);
        expect(open, `${name}: nothing waits for an answer`).toEqual([]);
      }
    }
    expect(last, 'each write was the last request once').toEqual(expect.arrayContaining(writes));
    expect(last.length, 'and so was what is read before or after them').toBeGreaterThan(writes.length);
    await scene.close();
  });
}

/** Secrets of one plan. */
const MANY = 30;

/** Each secret of a plan is looked at, written to, and looked at again once the journal has its outcome. */
const REQUESTS = 3;

test('a plan over many secrets whose program is killed in the middle leaves those under way to the next start, which looks them up', async ({}, testInfo) => {
  const scene = await Scene.open(testInfo.outputPath('home'));
  const { colleague, relay } = scene;
  const names = Array.from({ length: MANY }, (_, at) => `many/${String(at).padStart(2, '0')}`);
  const made = await colleague.create(...names.map((name) => ({ name, ...OLD })));
  const nameOf = new Map<string | undefined, string>(made.map(({ ARN }, at) => [ARN, names[at]]));
  const change = { kind: 'description', description: NEW_WORDS };
  const changes = names.map((secret_id) => ({ secret_id, change: { plain: { change } } }));
  const review = await scene.bridge.invoke('plan_changes', { scope: scene.scope, changes });

  const planned = relay.asked.length;
  relay.cutAt = 'UpdateSecret';
  relay.cutAfter = MANY / 2;
  const lost = await scene.killIn('apply_changes', { plan_id: review.plan_id, typed: review.must_type, is_reviewed: true }, () => {
    const asked = relay.asked.slice(planned).filter(({ secretId }) => nameOf.has(secretId));
    const of = (secret?: string) => asked.filter(({ secretId }) => secretId === secret);
    // Whatever has begun has ended, or waits.
    return asked.every(({ secretId: id }) => of(id).some(({ isLost }) => isLost) || of(id).length === REQUESTS);
  });

  const described = async () => {
    const [{ SecretList: found }] = await colleague.call(['list_secrets', { MaxResults: 100 }]);
    return new Map<string, string>(found.map((secret: any) => [secret.Name, secret.Description]));
  };
  const after = await described();
  expect(new Set(names.map((name) => after.get(name))), 'each is old or new').toEqual(new Set([OLD.description, NEW_WORDS]));
  const isNew = (name: string) => after.get(name) === NEW_WORDS;
  expect(names.filter(isNew).length, 'it was killed in the middle').toBe(MANY / 2 + 1);
  const open = await scene.unfinished();
  const underWay = lost.filter(({ operation }) => operation === 'UpdateSecret').map(({ secretId }) => nameOf.get(secretId));
  expect(underWay.length, 'something was sent and not answered').toBeGreaterThan(0);
  expect(open.map((entry) => entry.secret_name).sort(), 'what was under way is told, and nothing else').toEqual(underWay.sort());
  for (const entry of open) {
    expect([entry.operation, entry.plan]).toEqual(['save_description', review.plan_id]);
    expect(await scene.lookUp(entry), entry.secret_name).toMatch(isNew(entry.secret_name) ? WORDS.new : WORDS.old);
  }
  expect(await scene.unfinished()).toEqual([]);
  expect(await described(), 'to look it up writes nothing').toEqual(after);
  await scene.close();
});
