// The program is killed after each of the requests of a change; the next start finishes it or takes it back.
import { expect, test } from './fixtures.ts';
import { Scene } from './killed-scene.ts';

/** How many requests each change has, at least. */
const REQUESTS = { save: 12, put: 3, rollback: 4 };

for (const change of ['save', 'put', 'rollback'] as const) {
  test(`a ${change} whose program is killed after any request is finished or taken back at the next start`, async ({}, testInfo) => {
    test.setTimeout(300_000);
    const scene = await Scene.open(testInfo.outputPath('home'));
    let kills = 0;
    for (let after = 0, isWhole = false; !isWhole; after += 1) {
      const name = `${change}-${after}`;
      const prepared = await scene[change](name);
      scene.relay.cutAfter = after;
      const [command, word] =
        change === 'rollback'
          ? ['apply_changes', { plan_id: prepared.plan, typed: name, acknowledged: true, is_reviewed: true }]
          : ['apply_changes', { plan_id: prepared.plan, typed: null, is_reviewed: true }];
      isWhole = (await scene.killIn(command, word)).length === 0;
      if (!isWhole) {
        kills += 1;
        await scene.recover(name, after % 2 ? 'finish' : 'withdraw');
      }
      await scene.check(prepared, change === 'rollback' ? 'fake-old' : 'fake-new');
    }
    expect(kills, 'every request of the change was the last one once').toBeGreaterThan(REQUESTS[change]);
    await scene.close();
  });
}
