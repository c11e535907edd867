// A secret whose rotation is looked at, and the ways there.
import { expect } from './fixtures.ts';
import type { App } from './pages/app.ts';
import type { RotationPane } from './pages/rotation.ts';

export const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:GenericPasswordRotation';
export const SECRET = { name: 'app/db', value: { username: 'ops', password: 'fake-password' } };

export async function openRotation(app: App): Promise<RotationPane> {
  await app.openList('1 secret');
  await app.catalog.open(SECRET.name);
  await app.detail.turnTo('Rotation');
  return app.rotation;
}

export async function openEditor(app: App): Promise<RotationPane> {
  const rotation = await openRotation(app);
  await rotation.press('Set up rotation');
  return rotation;
}

export async function turnOn(rotation: RotationPane): Promise<void> {
  await rotation.press('Set up rotation');
  await rotation.functionArn.fill(FUNCTION);
  await rotation.save();
  await expect(rotation.facts).toContainText('On');
  await expect(rotation.facts, 'the rotation that began has ended').not.toContainText('Never');
  await rotation.expectSteps('done', 'done', 'done', 'done');
}
