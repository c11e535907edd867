import type { Colleague } from './colleague.ts';

/** Versions of `app/db`, one after the other; their ids, oldest first. */
export async function versionsOf(
  colleague: Colleague,
  values: object[] = [{ n: 1 }, { n: 2 }, { n: 3 }],
): Promise<string[]> {
  const [{ VersionId: first }] = await colleague.create({ name: 'app/db', value: values[0] });
  const ids = [first];
  for (const value of values.slice(1)) {
    const { VersionId } = await colleague.aws(
      'put-secret-value', '--secret-id', 'app/db', '--secret-string', JSON.stringify(value),
    );
    ids.push(VersionId);
  }
  return ids;
}
